import type { CallAnswer } from '../../shared/contracts/calls.ts';
import { yamlLines } from '../confd/yaml.ts';
import { printAnswer } from '../service/print-answer.ts';

/** A backup with all its fields. */
export function printBackup(
  backup: CallAnswer<'showBackup'>['backup'],
  options: { readonly json?: true | undefined },
): void {
  const { datastore, ...fields } = backup;
  const flat = { ...fields, datastore: datastore.type, datastore_version: datastore.version };
  printAnswer(backup, options, yamlLines(flat));
}

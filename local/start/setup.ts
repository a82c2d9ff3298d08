import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MountId, StoreId } from '../../shared/domain/ids.ts';
import type { InvokeFunction } from '../services.ts';

/** What the first start made and later ones find. */
export interface Setup {
  readonly apiKey: string;
  /** Of the newest start: with the key, a profile for `holdfast`. */
  readonly apiUrl?: string;
  readonly storeId?: StoreId;
  readonly mountId?: MountId;
  readonly isActivated?: boolean;
}

const fileOf = (directory: string) => join(directory, 'setup.json');

/** The setup of a data folder; the first admin's key is made by the function that a deployment has for it. */
export async function readSetup(
  directory: string,
  invoke: InvokeFunction,
  issueCredentialFunction: string,
): Promise<Setup> {
  if (existsSync(fileOf(directory))) return JSON.parse(await readFile(fileOf(directory), 'utf8')) as Setup;
  const request = JSON.stringify({ role: 'admin', description: 'local start' });
  const { payload, functionError } = await invoke(issueCredentialFunction, request);
  if (functionError !== undefined) throw new Error(`no admin key could be made: ${payload}`);
  const setup = { apiKey: (JSON.parse(payload) as { apiKey: string }).apiKey };
  await writeSetup(directory, setup);
  return setup;
}

/** Kept after every step, so that a start that was cut off goes on. Holds a key: readable by its owner only. */
export async function writeSetup(directory: string, setup: Setup): Promise<void> {
  const draft = `${fileOf(directory)}.new`;
  await writeFile(draft, `${JSON.stringify(setup, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, fileOf(directory));
}

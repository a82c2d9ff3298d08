import { openCommand, restoreParameterFile, restoreSpfile } from './commands.ts';
import { below, isFitPath, plainText } from './names.ts';
import { newParameterFile } from './parameter-file.ts';
import { writeReadme } from './readme.ts';
import type { ScriptFile } from './script-order.ts';
import type { ScriptPlan } from './script-plan.ts';

/** @param restore the commands; undefined where they are refused: then there is only what to read */
export function writeFiles(plan: ScriptPlan, restore: readonly string[] | undefined): ScriptFile[] {
  const parameters = restore && parameterCommands(plan);
  const isElsewhere = plan.order.aim.kind === 'new-host';
  const files = [
    ...(parameters ? [{ name: 'parameter-file.rman', commands: parameters }] : []),
    ...(restore ? [{ name: 'restore.rman', commands: restore }] : []),
    ...(restore && isElsewhere ? [{ name: 'open.rman', commands: [openCommand] }] : []),
  ];
  const names = files.map(({ name }) => name);
  return [
    { name: 'README.txt', text: writeReadme(plan, names) },
    ...files.map(({ name, commands }) => ({
      name,
      text: [...headerOf(plan, name), ...commands, ''].join('\n'),
    })),
  ];
}

/** Only for instances that are down: an open database has its parameters. */
function parameterCommands({ subject, order, platform, contents }: ScriptPlan): string[] | undefined {
  const { aim, stagedAt } = order;
  const { dbid } = subject.database;
  if (contents.spfile === undefined) return undefined;
  const piece = below(stagedAt, contents.spfile, platform);
  if (!isFitPath(piece, platform)) return undefined;
  switch (aim.kind) {
    case 'sets':
    case 'copies':
      return restoreSpfile(dbid, piece);
    case 'new-host':
      return restoreParameterFile(dbid, piece, newParameterFile(aim.newFolder, subject, platform));
    default:
      return undefined;
  }
}

const purposes: Readonly<Record<string, string>> = {
  'parameter-file.rman': 'Only if the parameter file is lost: brings it back. Run it before restore.rman.',
  'restore.rman': 'Restores and recovers.',
  'open.rman': 'Opens the database. Run it last, when the redo logs have their new names (README.txt).',
};

const leaseWarning =
  'THE DATABASE WILL LIVE IN THE STAGED FOLDER: when the lease of the restore ends it is deleted. Extend the lease first (holdfast restore extend).';

/** What somebody must know who reads nothing but the script. */
function headerOf({ subject, refusals, missing, order }: ScriptPlan, name: string): string[] {
  const { database, map } = subject;
  const lines = [
    `Holdfast: ${name} for database ${database.name ?? 'without a known name'}, DBID ${database.dbid}`,
    `from recovery point ${map.recoveryPointId}, taken ${map.takenAt}, staged at ${order.stagedAt}`,
    purposes[name] ?? '',
    'Read README.txt first. RMAN stops at the first command that fails; nothing after it is run.',
    ...(refusals.length > 0
      ? ['AT YOUR OWN RISK: this may not work.', ...refusals.map(({ code, text }) => `${code}: ${text}`)]
      : []),
    ...(order.aim.kind === 'copies' ? [leaseWarning] : []),
    'THE POINT DOES NOT HAVE:',
    ...missing.map((text) => `- ${text}`),
  ];
  return [...lines.map((line) => `# ${plainText(line)}`), ''];
}

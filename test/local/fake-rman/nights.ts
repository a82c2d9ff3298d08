import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { blockSize } from '../../../local/fake-rman/block.ts';
import { type Datafile, findDatabase } from '../../../local/fake-rman/database.ts';
import { imageCopyBlocks, makeDatafile, stateAt } from '../../../local/fake-rman/image-copy.ts';
import { runRman as run } from '../../../local/fake-rman/rman.ts';
import { readSettings } from '../../../local/fake-rman/settings.ts';
import type { FileMap } from '../../../shared/domain/file-map/file-map.ts';
import { file, nextMap } from '../../domain/file-map/line.ts';

export interface Host {
  /** The state of the database or, before a restore, nothing. */
  readonly database: string;
  /** Where its datafiles are. */
  readonly datafiles: string;
}

const environmentOf = ({ database, datafiles }: Host, now: string) => ({
  FAKE_RMAN_DATABASE: database,
  FAKE_RMAN_DATAFILES: datafiles,
  FAKE_RMAN_SIZE_MIB: '9',
  FAKE_RMAN_CHANGE_SHARE: '0.05',
  FAKE_RMAN_NOW: now,
  NLS_DATE_FORMAT: 'YYYY-MM-DD HH24:MI:SS',
});

/** The stand-in in this process, with a command file. */
export async function rmanHere(
  host: Host,
  commands: string,
  { now = '2026-04-20T01:30:00Z', ...more }: { readonly now?: string } & Record<string, string> = {},
) {
  const lines: string[] = [];
  const settings = readSettings({ ...environmentOf(host, now), ...more });
  const exitCode = await run({ text: commands, file: 'commands.rman' }, settings, (...said) =>
    lines.push(...said),
  );
  return { exitCode, output: `${lines.join('\n')}\n` };
}

export type Backup = 'level 0' | 'level 1' | 'level 1 cumulative' | 'copies' | 'merge';

function databaseCommand(backup: Backup, mount: string): string {
  switch (backup) {
    case 'copies':
      return `backup as copy reuse tag 'DAILY' format '${mount}/data_D-%d_TS-%N_FNO-%f' database;`;
    case 'merge':
      return `backup incremental level 1 for recover of copy with tag 'FOREVER' format '${mount}/merged_%U' database;
  recover copy of database with tag 'FOREVER';
  delete noprompt backupset tag 'FOREVER';`;
    default:
      return `backup as backupset incremental ${backup} tag 'NIGHT' format '${mount}/set_%U' database;`;
  }
}

/** The commands of a night: logs, datafiles, logs, and the autobackup that comes by itself. */
export const nightCommands = (mount: string, backups: readonly Backup[]): string => `run {
  set controlfile autobackup format for device type disk to '${mount}/%F';
  allocate channel c1 device type disk;
  ${backups.map((backup) => databaseCommand(backup, mount)).join('\n  ')}
  backup as backupset tag 'LOGS' format '${mount}/arch_%U' archivelog all not backed up 1 times;
}
`;

/** One night after the other, from the ninth of April on, or after some that were before; the log of each. */
export async function backUpNights(
  host: Host,
  mount: string,
  nights: readonly (readonly Backup[])[],
  more: Record<string, string> = {},
  before = 0,
): Promise<string[]> {
  const logs: string[] = [];
  for (const [index, backups] of nights.entries()) {
    const day = String(9 + before + index).padStart(2, '0');
    const done = await rmanHere(host, nightCommands(mount, backups), {
      now: `2026-04-${day}T01:30:00Z`,
      ...more,
    });
    if (done.exitCode !== 0) throw new Error(done.output);
    logs.push(done.output);
  }
  return logs;
}

/** The map of a point that has the files of a folder, made by these logs. */
export async function mapOf(mount: string, logs: readonly string[]): Promise<FileMap> {
  const entries = readdirSync(mount).map((name) => file(name, name, statSync(join(mount, name)).size));
  return nextMap(
    undefined,
    entries,
    logs.map((text) => ({ text, mountpoint: mount })),
  );
}

/** The first block of a restored datafile that is not what the simulated database held at an SCN; undefined where all are. */
export async function findDifference(
  restored: string,
  original: string,
  scn: number,
  isMeant: (datafile: Datafile) => boolean = () => true,
): Promise<string | undefined> {
  const [database, live] = await Promise.all([findDatabase(restored), findDatabase(original)]);
  if (database === undefined || live === undefined) return 'there is no database';
  const block = Buffer.alloc(blockSize);
  for (const datafile of database.datafiles.filter(isMeant)) {
    if (!existsSync(datafile.name)) return `${datafile.name} is not there`;
    const bytes = readFileSync(datafile.name);
    const blocks = imageCopyBlocks(datafile);
    if (bytes.length !== blocks * blockSize) return `${datafile.name} has ${bytes.length} bytes`;
    const fill = makeDatafile(live, datafile, stateAt(live, scn));
    for (let number = 0; number < blocks; number++) {
      block.fill(0);
      fill(block, number);
      const found = bytes.subarray(number * blockSize, (number + 1) * blockSize);
      if (!block.equals(found)) return `block ${number} of ${datafile.name}`;
    }
  }
  return undefined;
}

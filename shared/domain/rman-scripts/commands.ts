import type { Platform } from '../file-map/file-map.ts';
import { baseName, below, quote } from './names.ts';
import type { RecoveryEnd } from './script-order.ts';

/** Disk channels by name: the restored control file may have tape as its default. */
const channels = ['d1', 'd2'].map((name) => `allocate channel ${name} device type disk;`);

const inRun = (commands: readonly string[]): string[] => [
  'run {',
  ...[...channels, ...commands].map((command) => `  ${command}`),
  '}',
];

export function setUntil(end: RecoveryEnd | undefined): string[] {
  switch (end?.by) {
    case undefined:
      return [];
    case 'time':
      // With its format: NLS_DATE_FORMAT is whatever the session has.
      return [`set until time "to_date('${end.local.replace('T', ' ')}', 'YYYY-MM-DD HH24:MI:SS')";`];
    case 'scn':
      return [`set until scn ${end.scn};`];
    case 'sequence':
      return [`set until sequence ${end.sequence} thread ${end.thread};`];
  }
}

/** Tells RMAN where the backups lie now. What the control file remembers of elsewhere and is gone must not be waited for. */
const findBackups = (folder: string): string[] => [
  `catalog start with ${quote(folder)} noprompt;`,
  'crosscheck backup device type disk;',
  'crosscheck copy;',
];

export interface WholeRestore {
  readonly dbid: string;
  readonly controlFile: string;
  /** Of the staged files, with its separator at the end. */
  readonly folder: string;
  readonly end: RecoveryEnd | undefined;
  /** A backup of a closed database: it has no redo behind it that could be applied. */
  readonly isConsistent: boolean;
}

/** With the control file: STARTUP MOUNT would start a second instance where MOUNT is meant. */
const mountRestored = (
  { dbid, controlFile, folder }: WholeRestore,
  parameterFile: string | undefined,
): string[] => [
  `set dbid ${dbid};`,
  `startup nomount${parameterFile === undefined ? '' : ` pfile=${quote(parameterFile)}`};`,
  `restore controlfile from ${quote(controlFile)};`,
  'alter database mount;',
  ...findBackups(folder),
];

const recoverDatabase = ({ isConsistent }: WholeRestore): string =>
  isConsistent ? 'recover database noredo;' : 'recover database;';

export const openCommand = 'alter database open resetlogs;';

export const restoreFromSets = (restore: WholeRestore): string[] => [
  ...mountRestored(restore, undefined),
  ...inRun([...setUntil(restore.end), 'restore database;', recoverDatabase(restore)]),
  openCommand,
];

/** Each copy by its name, and not SWITCH DATABASE TO COPY: that takes the newest that RMAN knows, be it in the live area. */
export const switchToCopies = (restore: WholeRestore, copies: ReadonlyMap<number, string>): string[] => [
  ...mountRestored(restore, undefined),
  ...inRun([
    ...[...copies].map(([file, path]) => `switch datafile ${file} to datafilecopy ${quote(path)};`),
    ...setUntil(restore.end),
    recoverDatabase(restore),
  ]),
  openCommand,
];

/** Up to the point where the person has to rename the redo logs: OPEN is a step of its own. */
export const restoreElsewhere = (
  restore: WholeRestore,
  { parameterFile, newNames }: { parameterFile: string; newNames: ReadonlyMap<number, string> },
): string[] => [
  ...mountRestored(restore, parameterFile),
  ...inRun([
    ...[...newNames].map(([file, path]) => `set newname for datafile ${file} to ${quote(path)};`),
    ...setUntil(restore.end),
    'restore database;',
    'switch datafile all;',
    recoverDatabase(restore),
  ]),
];

/** Each in the new folder under its last name; where two have the same, with the number before it. */
export function newNamesIn(
  folder: string,
  datafiles: ReadonlyMap<number, string>,
  platform: Platform,
): ReadonlyMap<number, string> {
  const names = [...datafiles].map(([file, name]) => ({ file, base: baseName(name) || `datafile_${file}` }));
  const isShared = (base: string) =>
    names.filter((other) => other.base.toLowerCase() === base.toLowerCase()).length > 1;
  return new Map(
    names.map(({ file, base }) => [file, below(folder, isShared(base) ? `${file}_${base}` : base, platform)]),
  );
}

/** Only where the parameter file is lost: without one RMAN starts the instance with makeshift parameters. */
export const restoreSpfile = (dbid: string, piece: string): string[] => [
  `set dbid ${dbid};`,
  'startup force nomount;',
  `restore spfile from ${quote(piece)};`,
  'shutdown abort;',
];

export const restoreParameterFile = (dbid: string, piece: string, to: string): string[] => [
  `set dbid ${dbid};`,
  'startup force nomount;',
  `restore spfile to pfile ${quote(to)} from ${quote(piece)};`,
  'shutdown abort;',
];

/** With the database's own control file and online logs. The container stays open. */
export function restorePdb(
  pdb: string,
  { folder, end, auxiliaryFolder }: { folder: string; end?: RecoveryEnd; auxiliaryFolder?: string },
): string[] {
  const auxiliary =
    end && auxiliaryFolder !== undefined ? ` auxiliary destination ${quote(auxiliaryFolder)}` : '';
  return [
    ...findBackups(folder),
    `alter pluggable database ${pdb} close immediate;`,
    ...inRun([
      ...setUntil(end),
      `restore pluggable database ${pdb};`,
      `recover pluggable database ${pdb}${auxiliary};`,
    ]),
    `alter pluggable database ${pdb} open${end ? ' resetlogs' : ''};`,
  ];
}

/** `what` is `tablespace NAME` or `datafile NUMBER`. SQL in quotes is known to all versions, and still to the newest. */
export const restoreOpen = (what: string, offline: string, online: string, folder: string): string[] => [
  ...findBackups(folder),
  `sql '${offline}';`,
  ...inRun([`restore ${what};`, `recover ${what};`]),
  `sql '${online}';`,
];

/** Of what the database cannot be without while it is open: SYSTEM and undo. */
export const restoreClosed = (what: string, folder: string): string[] => [
  'shutdown immediate;',
  'startup mount;',
  ...findBackups(folder),
  ...inRun([`restore ${what};`, `recover ${what};`]),
  'alter database open;',
];

import { baseName, below, plainText } from './names.ts';
import { newParameterFile } from './parameter-file.ts';
import { describeWindow } from './recovery-end.ts';
import type { RecoveryEnd } from './script-order.ts';
import type { ScriptPlan } from './script-plan.ts';
import { firstRelease, isBefore, readRelease, releaseText } from './versions.ts';

/** The text for the person who restores: what is missing first, then what to check, to run, and to do afterwards. */
export function writeReadme(plan: ScriptPlan, scripts: readonly string[]): string {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['', titleOf(plan)],
    [
      scripts.length === 0 ? 'THERE IS NO SCRIPT, BECAUSE' : 'AT YOUR OWN RISK, BECAUSE',
      plan.refusals.map(({ code, text }) => `${code}: ${text}`),
    ],
    ['THE POINT DOES NOT HAVE', plan.missing],
    ...(scripts.length === 0
      ? [['WHAT TO DO', adviceOf(plan)] as const]
      : ([
          ['CHECK BEFORE', checksOf(plan)],
          ['RUN, IN THIS ORDER', runsOf(plan, scripts)],
          ['AFTERWARDS', afterwardsOf(plan)],
          ['WHEN IT STOPS', failuresOf(plan)],
        ] as const)),
  ];
  const text = sections
    .filter(([, lines]) => lines.length > 0)
    .flatMap(([title, lines]) =>
      title === '' ? [...lines, ''] : [title, ...lines.map((line) => `- ${line}`), ''],
    );
  return text.map((line) => `${line.replace(/\p{C}|\p{Zl}|\p{Zp}/gu, '_').trimEnd()}\n`).join('');
}

const titles = {
  sets: 'restore the whole database to where it was',
  copies: 'run the whole database on the staged image copies',
  pdb: 'restore one pluggable database',
  tablespace: 'restore one tablespace, the rest of the database staying as it is',
  datafile: 'restore one datafile, the rest of the database staying as it is',
  'new-host': 'restore the whole database on another host, under new names',
} as const;

function titleOf({ subject, order, chosen }: ScriptPlan): string[] {
  const { database, map } = subject;
  const { kind } = order.aim;
  const release = readRelease(database.version);
  const window = chosen.window === undefined ? [] : [`Recovery: ${describeWindow(chosen.window)}`];
  return [
    `Holdfast: ${titles[kind]}`,
    `Database ${database.name ?? '(name unknown)'}, DBID ${database.dbid}, RMAN ${release ? releaseText(release) : 'of a release that no log says'}, host ${database.platform ?? 'platform unknown, taken for Linux'}`,
    `Recovery point ${map.recoveryPointId}, taken ${map.takenAt}, staged at ${order.stagedAt}`,
    `Commands known to RMAN from ${releaseText(firstRelease(kind))} to 23ai. ${endText(chosen.end)}`,
    ...window,
    "Times are those of the database host's clock.",
  ];
}

function endText(end: RecoveryEnd | undefined): string {
  switch (end?.by) {
    case undefined:
      return 'No end of the recovery is set.';
    case 'time':
      return `Recovery ends at ${end.local}.`;
    case 'scn':
      return `Recovery ends before SCN ${end.scn}.`;
    case 'sequence':
      return `Recovery ends before log ${end.sequence} of thread ${end.thread}.`;
  }
}

function adviceOf({ refusals, subject }: ScriptPlan): string[] {
  const canBeForced = refusals.every(({ isFinal }) => !isFinal);
  return [
    'choose another point: holdfast db recovery-point-for DBID --time …, or holdfast db recovery-window DBID',
    ...(canBeForced
      ? [
          'if you know better than the logs, ask for the script again with --at-own-risk: nothing in the vault is harmed by trying, but a database that it is run on is',
        ]
      : []),
    ...subject.verdict.advice.map((command) => `for the next backup: ${command}`),
  ];
}

const isDown = ({ order }: ScriptPlan): boolean => ['sets', 'copies', 'new-host'].includes(order.aim.kind);

function checksOf(plan: ScriptPlan): string[] {
  const { order, subject } = plan;
  const { kind } = order.aim;
  const { name = 'NAME' } = subject.database;
  return [
    'the restore has ended as completed (holdfast restore show), and the user who runs Oracle can read and, for image copies, write every staged file',
    'the staged folder is the staged or cloned one, never the live area that RMAN backs up to: that one changes with the next backup, and recovering in it destroys the newest backup',
    ...(kind === 'copies'
      ? [
          'the staged folder stays: the database runs on these files until they are moved. A clean-up of staged files, or the end of their lease, deletes the database: holdfast restore extend RESTORE --lease 4w',
        ]
      : []),
    'same platform and byte order, same release and patches of Oracle (a later one has to be opened with RESETLOGS UPGRADE); backups of another platform need RESTORE FROM PLATFORM (12.1 and later) or CONVERT, which these scripts do not use',
    ...(isDown(plan)
      ? [
          `ORACLE_SID and ORACLE_HOME are set for ${name}; the instance is down on all nodes (STARTUP NOMOUNT refuses otherwise, and nothing has happened)`,
          'what is left of the old database is kept somewhere: control files, redo logs and datafiles in their places are overwritten',
          `folders exist, for RMAN makes none: those named by control_files, of audit and diagnostic files, and of the datafiles: ${datafileFolders(plan)}; there is room for all datafiles and redo logs`,
        ]
      : [
          'the database is open and in ARCHIVELOG mode, with its own control file and redo logs, and was not opened with RESETLOGS since the point was taken',
        ]),
    'encrypted tablespaces or backups: the keystore is in its place, and is opened after MOUNT',
    ...(kind === 'pdb'
      ? [
          'RMAN is connected to the root of the container database. Until 12.1, or with shared undo, going back in time needs an auxiliary destination with room for SYSTEM, SYSAUX and undo of the root',
        ]
      : []),
    ...(kind === 'tablespace' || kind === 'datafile'
      ? [
          'a file of a pluggable database: connect RMAN to that PDB, not to the root',
          'SYSTEM and the undo tablespace in use cannot go offline: their script shuts the database down and mounts it',
        ]
      : []),
  ];
}

const maxFolders = 20;

function datafileFolders({ order, contents }: ScriptPlan): string {
  if (order.aim.kind === 'new-host') return order.aim.newFolder;
  if (order.aim.kind === 'copies') return 'where they are staged';
  const folders = new Set(
    [...contents.datafiles.values()].map((name) => name.slice(0, -baseName(name).length)),
  );
  const more = folders.size > maxFolders ? ' and others' : '';
  return `${[...folders].slice(0, maxFolders).join(', ')}${more}`;
}

function runsOf(plan: ScriptPlan, scripts: readonly string[]): string[] {
  const { order, subject, platform } = plan;
  const call = (name: string) =>
    `rman target / nocatalog cmdfile=${name} log=${name.replace('.rman', '.log')}`;
  const lines = scripts.map((name) =>
    name === 'parameter-file.rman' && order.aim.kind !== 'new-host'
      ? `only if the parameter file is lost: ${call(name)}`
      : call(name),
  );
  if (order.aim.kind !== 'new-host') return lines;
  const parameterFile = newParameterFile(order.aim.newFolder, subject, platform);
  const hasParameters = scripts[0] === 'parameter-file.rman';
  const edit = `${hasParameters ? 'edit' : 'write'} ${parameterFile}: control_files, audit and diagnostic folders, recovery area and archive destinations of the new host; db_name stays, db_unique_name changes where both hosts see the same storage`;
  const [first, ...others] = hasParameters ? lines : ['', ...lines];
  return [
    ...(first ? [first] : []),
    edit,
    ...others.slice(0, 1),
    "redo logs: select member from v$logfile; then for each, alter database rename file 'OLD' to 'NEW' with a folder that exists",
    ...others.slice(1),
    ...duplicateOption(plan),
  ];
}

/** Where a copy with an identity of its own is wanted, and not the database itself. */
function duplicateOption({ order, subject }: ScriptPlan): string[] {
  const release = readRelease(subject.database.version);
  if (release !== undefined && isBefore(release, [11, 2])) return [];
  return [
    `instead, from 11.2 on, for a copy with a DBID of its own: start an instance of another db_name with NOMOUNT, connect with rman auxiliary /, and DUPLICATE DATABASE TO newname BACKUP LOCATION '${plainText(order.stagedAt)}' NOFILENAMECHECK (for a moment: in a run block, after SET UNTIL); its datafiles go where DB_FILE_NAME_CONVERT and LOG_FILE_NAME_CONVERT of that instance say`,
  ];
}

function afterwardsOf(plan: ScriptPlan): string[] {
  const { contents, order, platform, subject } = plan;
  const { name = 'NAME' } = subject.database;
  const isWindows = platform === 'windows';
  const target = isWindows ? `%ORACLE_HOME%\\database\\PWD${name}.ora` : `$ORACLE_HOME/dbs/orapw${name}`;
  const password =
    contents.passwordFile === undefined
      ? `password file: orapwd file=${target} (RMAN backs none up)`
      : `password file: copy ${below(order.stagedAt, contents.passwordFile, platform)} to ${target}`;
  const down = [
    password,
    ...(isWindows
      ? [`the Windows service: oradim -new -sid ${name} -startmode auto, where the host has none`]
      : [`/etc/oratab: ${name}:$ORACLE_HOME:N, where the host has no such line`]),
    'listener: alter system register; and see with lsnrctl status; tnsnames.ora of the clients, if the host is another one',
    'parameter file: create spfile from pfile, where the instance was started with a PFILE',
    'tempfiles: alter tablespace TEMP add tempfile …, where the alert log says that they could not be made',
    'a level 0 backup at once: the database is a new incarnation, and its first backup is the only one that it has. It may write to the live area again',
    ...(order.aim.kind === 'copies'
      ? [
          'move the datafiles off the staged folder: backup as copy database format …, switch database to copy, recover database; or, from 12.1 on, alter database move datafile',
        ]
      : []),
  ];
  const open = [
    'a backup of what was restored',
    'crosscheck and delete expired copies of the staged folder before it is cleaned up: change backup of … uncatalog',
  ];
  return isDown(plan) ? down : [...open, ...pointInTimeNote(plan)];
}

const pointInTimeNote = ({ order }: ScriptPlan): string[] =>
  order.aim.kind === 'tablespace'
    ? [
        `to bring the tablespace back to a moment instead: RECOVER TABLESPACE ${plainText(order.aim.tablespace)} UNTIL TIME … AUXILIARY DESTINATION 'folder'. It needs room for SYSTEM, SYSAUX and undo, a tablespace that refers to no other (DBMS_TTS.TRANSPORT_SET_CHECK), and what was created since is lost`,
      ]
    : [];

function failuresOf(plan: ScriptPlan): string[] {
  const [first] = plan.contents.datafiles.values();
  return [
    'RMAN-06054 or RMAN-06025, a log is not there: all redo before it is applied. See the reachable time above; open with resetlogs only if that is enough',
    'RMAN-06023 or RMAN-06026, no backup found to restore: the staged folder is not the one of this point, or lacks files',
    'RMAN-06189, the DBID does not match: the files are of another database',
    'ORA-01194 or ORA-01152, a file needs more recovery: the recovery ended too early; take a later time',
    'ORA-28365, the keystore is not open',
    ...(isDown(plan)
      ? [
          `run again from the beginning after shutdown abort: restoring twice does no harm${first ? ` (the first datafile goes to ${plainText(baseName(first))})` : ''}`,
        ]
      : []),
  ];
}

/** The lines of one part of a log; `run` makes each part different. */
export type Lines = (run: number) => string[];

const SETS = 8;
const LOGS = 30;
const STAMP = 1245751741;

const pad = (number: number): string => String(number).padStart(5, '0');

const inCommand = (run: number, lines: readonly string[]): string[] => [
  `Starting backup at 2031-05-17 01:00:${run % 60}`,
  ...lines,
  `Finished backup at 2031-05-17 01:59:${run % 60}`,
  '',
];

const pieceOf = (channel: string, handle: string, run: number): string[] => [
  `channel ${channel}: starting piece 1 at 2031-05-17 01:00:02`,
  `channel ${channel}: finished piece 1 at 2031-05-17 01:00:09`,
  `piece handle=${handle} tag=NIGHTLY_RUN_${run} comment=NONE`,
  `channel ${channel}: backup set complete, elapsed time: 00:00:07`,
];

/** Sets of two datafiles on four channels. */
const datafiles: Lines = (run) =>
  inCommand(
    run,
    Array.from({ length: SETS }, (_, set) => [
      `channel d${set % 4}: starting compressed incremental level 1 datafile backup set`,
      `channel d${set % 4}: specifying datafile(s) in backup set`,
      `input datafile file number=${pad(run * SETS + set)} name=/u02/oradata/LAGER/data_file_${run}_${set}.dbf`,
      `input datafile file number=${pad(run * SETS + set + 1)} name=/u02/oradata/LAGER/index_file_${run}_${set}.dbf`,
      ...pieceOf(`d${set % 4}`, `/mnt/lager/daily/LAGER_${run}_${set}_1_1.bkp`, run),
    ]).flat(),
  );

/** Sets of many archived logs, and what is deleted after them. */
const archivedLogs: Lines = (run) =>
  inCommand(run, [
    'current log archived',
    'channel d1: starting archived log backup set',
    'channel d1: specifying archived log(s) in backup set',
    ...Array.from(
      { length: LOGS },
      (_, log) =>
        `input archived log thread=${(log % 2) + 1} sequence=${run * LOGS + log} RECID=${run * LOGS + log + 7000} STAMP=${STAMP + log}`,
    ),
    ...pieceOf('d1', `/mnt/lager/daily/arch_${run}_1_1.bkp`, run),
    'channel d1: deleting archived log(s)',
    ...Array.from(
      { length: LOGS },
      (_, log) =>
        `archived log file name=/u03/arch/LAGER/${(log % 2) + 1}_${run * LOGS + log}_1100200300.arc RECID=${run * LOGS + log + 7000} STAMP=${STAMP + log}`,
    ),
  ]);

/** DELETE OBSOLETE and DELETE ARCHIVELOG, which name every object in two lines. */
const deletions: Lines = (run) => [
  ...Array.from({ length: LOGS }, (_, index) => [
    'deleted backup piece',
    `backup piece handle=/mnt/lager/daily/LAGER_${run}_${index}_1_1.bkp RECID=${run * LOGS + index} STAMP=${STAMP + index}`,
    'deleted archived log',
    `archived log file name=/u03/arch/LAGER/1_${run * LOGS + index}_1100200300.arc RECID=${run * LOGS + index} STAMP=${STAMP + index}`,
  ]).flat(),
  `Deleted ${2 * LOGS} objects`,
  '',
];

/** What makes logs long, and says nothing of what was made: crosschecks, restores, traces, tables of other programs. */
const noise: Lines = (run) =>
  Array.from({ length: LOGS }, (_, index) => [
    "crosschecked backup piece: found to be 'AVAILABLE'",
    `backup piece handle=/mnt/lager/daily/LAGER_${run}_${index}_1_1.bkp RECID=${index} STAMP=${STAMP}`,
    `  ${index}       Full 8473${index}   17-MAY-31 /u02/oradata/LAGER/data_file_${run}_${index}.dbf`,
    `        Piece Name: /mnt/lager/daily/LAGER_${run}_${index}_1_1.bkp`,
    `channel d1: restoring datafile 000${index} to /u02/oradata/LAGER/data_file_${index}.dbf`,
    `DBGRPC:        krmxpoq - returning rpc_number: ${index} with status: STARTED for channel d1`,
    'orcl             backup                   12.1.0.2.0 OPEN         ACTIVE',
    '',
  ]).flat();

const HEADING = 'Key     TY LV S Device Type Completion Time #Pieces #Copies Compressed Tag';
const RULE = '------- -- -- - ----------- --------------- ------- ------- ---------- ---';

/** What a script says night after night into one log: banner, its own text, small backups, checks, a list, a warning. */
const nights: Lines = (run) => {
  const day = String((run % 28) + 1).padStart(2, '0');
  const handle = (name: string) => `/mnt/lager/nightly/LAGER_${name}_${run}_1_1.bkp`;
  const pair = (name: string) => `${handle(name)} RECID=${run + 41} STAMP=${STAMP + run}`;
  return [
    '',
    `Recovery Manager: Release 19.0.0.0.0 - Production on Sat May ${day} 01:00:01 2031`,
    'Version 19.22.0.0.0',
    '',
    'connected to target database: LAGER (DBID=2718281828)',
    '',
    'RMAN> run {',
    '2> allocate channel d1 device type disk;',
    "3> backup incremental level 1 database format '/mnt/lager/nightly/%d_%s_%p.bkp' tag 'NIGHTLY';",
    "4> sql 'alter system archive log current';",
    '5> delete noprompt obsolete;',
    '6> release channel d1;',
    '7> }',
    '8> ',
    'allocated channel: d1',
    'channel d1: SID=412 device type=DISK',
    '',
    ...inCommand(run, [
      'channel d1: starting incremental level 1 datafile backup set',
      'channel d1: specifying datafile(s) in backup set',
      ...['system', 'sysaux', 'undotbs1', 'stock', 'users'].map(
        (name, file) => `input datafile file number=${pad(file + 1)} name=/u02/oradata/LAGER/${name}01.dbf`,
      ),
      ...pieceOf('d1', handle('data'), run),
    ]),
    `Starting Control File and SPFILE Autobackup at 2031-05-${day} 01:04:11`,
    `piece handle=/mnt/lager/nightly/c-2718281828-203105${day}-00 comment=NONE`,
    `Finished Control File and SPFILE Autobackup at 2031-05-${day} 01:04:14`,
    '',
    'sql statement: alter system archive log current',
    '',
    'RMAN retention policy will be applied to the command',
    'RMAN retention policy is set to recovery window of 14 days',
    'Deleting the following obsolete backups and copies:',
    'Type                 Key    Completion Time    Filename/Handle',
    '-------------------- ------ ------------------ --------------------',
    `Backup Set           ${run + 40}     ${day}-MAY-31         `,
    `  Backup Piece       ${run + 41}     ${day}-MAY-31          ${handle('old')}`,
    'deleted backup piece',
    `backup piece handle=${pair('old')}`,
    'Deleted 1 objects',
    '',
    'released channel: d1',
    '',
    'RMAN> list backup summary;',
    '',
    'List of Backups',
    '===============',
    HEADING,
    RULE,
    ...Array.from(
      { length: 8 },
      (_, at) =>
        `${run + at}      B  1  A DISK        ${day}-MAY-31       1       1       NO         NIGHTLY_${run + at}`,
    ),
    '',
    'RMAN> crosscheck archivelog all;',
    '',
    'validation succeeded for archived log',
    `archived log file name=/u03/arch/LAGER/1_${run}_1100200300.arc RECID=${run} STAMP=${STAMP + run}`,
    'Crosschecked 1 objects',
    '',
    'RMAN-08120: warning: archived log not deleted, not yet applied by standby',
    `archived log file name=/u03/arch/LAGER/1_${run}_1100200300.arc thread=1 sequence=${run}`,
    '',
    'RMAN> exit',
    '',
    'Recovery Manager complete.',
  ];
};

/** As logs of a busy scheduler are: a backup now and then, and much around it. */
const mixed: Lines = (run) => [
  ...(run % 10 === 0 ? datafiles(run) : []),
  ...(run % 10 === 5 ? archivedLogs(run) : []),
  ...noise(run),
];

export const logs = {
  'backups of datafiles': datafiles,
  'backups of archived logs': archivedLogs,
  'verbose deletions': deletions,
  'noise alone': noise,
  'nights of one script': nights,
  'a long log of everything': mixed,
} as const satisfies Readonly<Record<string, Lines>>;

/** A log of about this many bytes, part by part. */
export function* writeLog(lines: Lines, bytes: number): Generator<string> {
  for (let run = 0, written = 0; written < bytes; run += 1) {
    const part = `${lines(run).join('\n')}\n`;
    written += part.length;
    yield part;
  }
}

/** Lines as RMAN prints them, for logs that tests make up. */
export const connected = (dbid = '1234567890', name = 'LEDGER'): string[] => [
  'Recovery Manager: Release 19.0.0.0.0 - Production on Sun Mar 1 01:00:00 2026',
  `connected to target database: ${name} (DBID=${dbid})`,
];

interface SetOptions {
  readonly handle: string | readonly string[];
  readonly level?: number;
  readonly files?: readonly number[];
  readonly tag?: string;
  readonly withControlFile?: boolean;
  readonly at?: string;
}

export const backupSet = ({
  handle,
  level,
  files = [1],
  tag = 'NIGHT',
  withControlFile = false,
  at = '2026-03-01 01:00:05',
}: SetOptions): string[] => [
  `channel d1: starting ${level === undefined ? 'full' : `incremental level ${level}`} datafile backup set`,
  'channel d1: specifying datafile(s) in backup set',
  ...files.map(
    (file) => `input datafile file number=${String(file).padStart(5, '0')} name=/u02/ledger/df${file}.dbf`,
  ),
  ...(withControlFile ? ['including current control file in backup set'] : []),
  ...[handle]
    .flat()
    .flatMap((piece, index) => [
      `channel d1: starting piece ${index + 1} at ${at}`,
      `channel d1: finished piece ${index + 1} at ${at}`,
      `piece handle=${piece} tag=${tag} comment=NONE`,
    ]),
  'channel d1: backup set complete, elapsed time: 00:00:02',
];

export const archivedLogs = (handle: string, thread: number, sequences: readonly number[]): string[] => [
  'channel d1: starting archived log backup set',
  'channel d1: specifying archived log(s) in backup set',
  ...sequences.map(
    (sequence) =>
      `input archived log thread=${thread} sequence=${sequence} RECID=${sequence} STAMP=1226883605`,
  ),
  'channel d1: starting piece 1 at 2026-03-01 01:00:05',
  'channel d1: finished piece 1 at 2026-03-01 01:00:06',
  `piece handle=${handle} tag=NIGHT comment=NONE`,
  'channel d1: backup set complete, elapsed time: 00:00:01',
];

export const imageCopy = (output: string, file = 1, recid = 7): string[] => [
  'channel d1: starting datafile copy',
  `input datafile file number=${String(file).padStart(5, '0')} name=/u02/ledger/df${file}.dbf`,
  `output file name=${output} tag=COPY RECID=${recid} STAMP=1226883605`,
  'channel d1: datafile copy complete, elapsed time: 00:00:01',
];

export const backup = (...lines: readonly (readonly string[])[]): string[] => [
  'Starting backup at 2026-03-01 01:00:01',
  'using channel d1',
  ...lines.flat(),
  'Finished backup at 2026-03-01 01:00:09',
];

export const recovered = (copy: string, incremental: string, file = 1): string[] => [
  'Starting recover at 2026-03-02 01:00:01',
  'channel d1: starting incremental datafile backup set restore',
  'channel d1: specifying datafile copies to recover',
  `recovering datafile copy file number=${String(file).padStart(5, '0')} name=${copy}`,
  `channel d1: reading from backup piece ${incremental}`,
  `channel d1: piece handle=${incremental} tag=NIGHT`,
  'channel d1: restored backup piece 1',
  'channel d1: restore complete, elapsed time: 00:00:01',
  'Finished recover at 2026-03-02 01:00:03',
];

export const autobackup = (handle: string): string[] => [
  'Starting Control File and SPFILE Autobackup at 2026-03-01 01:00:10',
  `piece handle=${handle} comment=NONE`,
  'Finished Control File and SPFILE Autobackup at 2026-03-01 01:00:11',
];

export const deletedPiece = (handle: string): string[] => [
  'deleted backup piece',
  `backup piece handle=${handle} RECID=4 STAMP=1226883600`,
  'Deleted 1 objects',
];

export const textOf = (...lines: readonly (readonly string[])[]): string => `${lines.flat().join('\n')}\n`;

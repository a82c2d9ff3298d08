import type { FileMap } from '../../../shared/domain/file-map/file-map.ts';
import { judgeDatabase } from '../../../shared/domain/recoverability/judge-recoverability.ts';
import { stampOf } from './toy-oracle/rman.ts';

/** One night's log: a switch and logs before, datafiles, a switch and logs after, an autobackup. Paths end in the night's name. */
export interface Night {
  /** `2026-01-30`; the backup runs at 22:00. */
  readonly day: string;
  readonly level?: 0 | 1;
  readonly files?: readonly number[];
  /** Newest archived log of each thread before and after. */
  readonly before?: readonly (readonly [thread: number, sequence: number])[];
  readonly after?: readonly (readonly [thread: number, sequence: number])[];
  readonly typed?: string | undefined;
  readonly hasControlFile?: boolean;
  readonly lines?: readonly string[];
  readonly folder?: string;
  readonly recid?: number;
}

export const dbid = '1234567890';

/** REPORT SCHEMA, of the two datafiles that a night has. */
export const schema = [
  'Report of database schema for database with db_unique_name LEDGER',
  'List of Permanent Datafiles',
  '===========================',
  'File Size(MB) Tablespace           RB segs Datafile Name',
  '---- -------- -------------------- ------- ------------------------',
  '1    700      SYSTEM               YES     /u02/ledger/df1.dbf',
  '2    120      USERS                NO      /u02/ledger/df2.dbf',
];

export function nightLog({
  day,
  level = 0,
  files = [1, 2],
  before = [[1, 120]],
  after = [[1, 121]],
  typed = 'backup incremental level 0 database plus archivelog;',
  hasControlFile = true,
  lines = [],
  folder = '/mnt/ledger',
  recid = 0,
}: Night): string {
  const logs = (name: string, time: string, entries: NonNullable<Night['before']>) =>
    entries.length === 0
      ? []
      : [
          `Starting backup at ${day} ${time}`,
          'current log archived',
          'channel d1: starting archived log backup set',
          'channel d1: specifying archived log(s) in backup set',
          ...entries.map(
            ([thread, sequence]) =>
              `input archived log thread=${thread} sequence=${sequence} RECID=${recid + sequence + (thread - 1) * 1000} STAMP=${stampOf(Date.parse(`${day}T${time}Z`) / 1000)}`,
          ),
          ...piece(`${folder}/${name}-${day}`),
          `Finished backup at ${day} ${time}`,
        ];
  const piece = (handle: string) => [
    `channel d1: starting piece 1 at ${day} 22:00:00`,
    `channel d1: finished piece 1 at ${day} 22:00:00`,
    `piece handle=${handle} tag=NIGHT comment=NONE`,
    'channel d1: backup set complete, elapsed time: 00:00:02',
  ];
  return [
    'Recovery Manager: Release 19.0.0.0.0 - Production on Fri Jan 30 22:00:00 2026',
    `connected to target database: LEDGER (DBID=${dbid})`,
    ...(typed === '' ? [] : [`RMAN> ${typed}`]),
    ...lines,
    ...logs('arc-before', '22:00:00', before),
    `Starting backup at ${day} 22:01:00`,
    ...files.flatMap((file) => [
      `channel d1: starting incremental level ${level} datafile backup set`,
      'channel d1: specifying datafile(s) in backup set',
      `input datafile file number=${String(file).padStart(5, '0')} name=/u02/ledger/df${file}.dbf`,
      ...piece(`${folder}/df${file}-${day}`),
    ]),
    `Finished backup at ${day} 22:10:00`,
    ...logs('arc-after', '22:11:00', after),
    ...(hasControlFile
      ? [
          `Starting Control File and SPFILE Autobackup at ${day} 22:12:00`,
          `piece handle=${folder}/cf-${day} comment=NONE`,
          `Finished Control File and SPFILE Autobackup at ${day} 22:12:01`,
        ]
      : []),
    '',
    'Recovery Manager complete.',
    '',
  ].join('\n');
}

/** Names of the files that a night writes. */
export const filesOfNight = ({
  day,
  files = [1, 2],
  before = [[1, 120]],
  after = [[1, 121]],
  hasControlFile = true,
}: Night) => [
  ...(before.length > 0 ? [`arc-before-${day}`] : []),
  ...files.map((file) => `df${file}-${day}`),
  ...(after.length > 0 ? [`arc-after-${day}`] : []),
  ...(hasControlFile ? [`cf-${day}`] : []),
];

/** The verdicts on all databases of a point. */
export const judgePoint = (map: FileMap) => map.databases.map((database) => judgeDatabase(map, database));

import { expect, it } from 'vitest';
import { lostInstances } from '../../../shared/domain/file-map/lost-instances.ts';
import { parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';

const session = (channel: string, instance: string) => [
  `allocated channel: ${channel}`,
  `channel ${channel}: SID=11 instance=${instance} device type=DISK`,
];
const announced = (channel: string, file: number) => [
  `channel ${channel}: starting full datafile backup set`,
  `channel ${channel}: specifying datafile(s) in backup set`,
  `input datafile file number=0000${file} name=/data/${file}.dbf`,
  `channel ${channel}: starting piece 1 at 17-MAY-31`,
];
const finished = (channel: string, handle: string) => [
  `channel ${channel}: finished piece 1 at 17-MAY-31`,
  `piece handle=${handle} tag=T comment=NONE`,
  `channel ${channel}: backup set complete, elapsed time: 00:00:01`,
];
const failure = (channel: string, ...errors: string[]) => [
  `RMAN-03009: failure of backup command on ${channel} channel at 05/17/2031 01:02:03`,
  ...errors,
];
const takenOver = (channel: string) => [
  `channel ${channel} disabled, job failed on it will be run on another channel`,
];
const begin = [
  'Recovery Manager: Release 19.0.0.0.0 - Production on Sat May 17 01:00:00 2031',
  'connected to target database: SALES (DBID=77)',
  ...session('c1', 'sales1'),
  ...session('c2', 'sales2'),
  ...session('c3', 'sales2'),
  'Starting backup at 17-MAY-31',
  ...announced('c1', 1),
  ...announced('c2', 2),
];
const end = [
  ...finished('c1', '/b/1'),
  ...announced('c1', 2),
  ...finished('c1', '/b/2'),
  'Finished backup at 17-MAY-31',
];
const brokenOff = [
  'RMAN-00571: ===========================================================',
  'RMAN-00569: =============== ERROR MESSAGE STACK FOLLOWS ===============',
  'RMAN-00571: ===========================================================',
  'RMAN-03002: failure of backup command at 05/17/2031 01:02:03',
  'ORA-03113: end-of-file on communication channel',
];

const lost = (lines: readonly string[]) => lostInstances(parseRmanLog(`${lines.join('\n')}\n`, 'rman.log'));

it.each<[string, string[], string[]]>([
  ['a session that broke off', failure('c2', 'ORA-03113: end-of-file on communication channel'), ['sales2']],
  ['a connection that was lost', failure('c2', 'ORA-03135: connection lost contact'), ['sales2']],
  ['no listener', failure('c2', 'ORA-12514: TNS:listener does not currently know of service'), ['sales2']],
  [
    'a session that ended',
    failure('c2', 'RMAN-10038: database session for channel c2 terminated unexpectedly'),
    ['sales2'],
  ],
  [
    'two channels of one instance',
    [
      ...failure('c2', 'ORA-01092: instance terminated'),
      ...takenOver('c2'),
      ...failure('c3', 'ORA-03114: not connected to ORACLE'),
    ],
    ['sales2'],
  ],
  [
    'a full disk is none',
    failure('c2', 'ORA-19502: write error on file "/b/2"', 'ORA-27072: File I/O error'),
    [],
  ],
  ['a code of materialized views is none', failure('c2', 'ORA-12008: error in materialized view'), []],
])('an instance that went down while the backup went on: %s', (_title, lines, expected) => {
  const channel =
    /on (c\d) channel/.exec(lines.findLast((line) => line.startsWith('RMAN-03009')) ?? '')?.[1] ?? '';

  expect(lost([...begin, ...lines, ...takenOver(channel), ...end])).toEqual(expected);
});

it('an instance whose other channel works on is not lost', () => {
  const lines = failure('c2', 'ORA-03113: end-of-file on communication channel');
  const later = [...announced('c3', 2), ...finished('c3', '/b/3')];

  expect(lost([...begin, ...lines, ...takenOver('c2'), ...later, ...end])).toEqual([]);
});

it('nothing went on where the instance that started the backup was lost: the log fails, or ends', () => {
  const lines = [...begin, ...failure('c2', 'ORA-03113: end-of-file'), ...takenOver('c2')];

  expect(lost([...lines, ...brokenOff])).toEqual([]);
  expect(lost(lines)).toEqual([]);
});

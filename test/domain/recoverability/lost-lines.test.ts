import { describe, expect, it } from 'vitest';
import type { FileMap } from '../../../shared/domain/file-map/file-map.ts';
import { file, nextMap } from '../file-map/line.ts';
import { filesOfNight, judgePoint, type Night, nightLog, schema } from './session.ts';
import { stampOf } from './toy-oracle/rman.ts';

const night = (day: string, first: number, more: Partial<Night> = {}): Night => ({
  day,
  typed: '',
  lines: schema,
  before: [[1, first]],
  after: [[1, first + 1]],
  ...more,
});
const sunday = night('2026-01-25', 100);
const wednesday = night('2026-01-28', 110);
const thursday = night('2026-01-29', 114, { level: 1 });

const point = (parent: FileMap | undefined, paths: readonly string[], logs: readonly string[]) =>
  nextMap(
    parent,
    paths.map((path) => file(path, path)),
    logs,
  );
const reached = (map: FileMap) =>
  judgePoint(map)[0]?.windows.flatMap(({ through }) => through.map(({ sequence }) => sequence));

describe('a level 0 between a level 0 and a level 1', () => {
  const whole = nightLog(wednesday);
  const isCut = whole.slice(0, whole.indexOf('input datafile file number=00001'));
  const isTorn = whole.replace(/piece handle=.*df1-2026-01-28.*\n/, '');
  const here = [...filesOfNight(sunday), 'arc-before-2026-01-28', 'df2-2026-01-28'];
  const paths = [...here, ...filesOfNight(thursday)];

  it.each([
    ['was cut off with its log', isCut],
    ['was cut off with its log between two commands', whole.slice(0, whole.indexOf('Starting backup'))],
    ['lost a line', isTorn],
    ['stands in a log that cannot be read', '\u0000\u0001'],
    ['stands in a log that was cut off before the name of its database', whole.split('\n')[0] ?? ''],
  ])('may be what the level 1 goes back to: it %s', async (_, log) => {
    const first = await point(undefined, filesOfNight(sunday), [nightLog(sunday)]);
    const second = await point(first, here, [log]);
    const third = await point(second, paths, [nightLog(thursday)]);
    const together = await point(undefined, paths, [nightLog(sunday), log, nightLog(thursday)]);

    expect(reached(third)).toEqual([101]);
    expect(reached(together)).toEqual([101]);
  });

  it('is none where the log between is whole and has none', async () => {
    const other = nightLog({ ...wednesday, files: [] });
    const first = await point(undefined, filesOfNight(sunday), [nightLog(sunday)]);
    const second = await point(first, here, [other]);
    const third = await point(second, paths, [nightLog(thursday)]);

    expect(reached(third)).toEqual([101, 115]);
  });
});

describe('a report of the schema', () => {
  const backup = { ...sunday, lines: [], typed: 'backup datafile 1, 2;' };
  const session = nightLog(backup).replace(/\nRecovery Manager complete\.\n$/, '');
  const [banner = ''] = session.split('\n');
  const rows = [...schema, '3    120      MORE                 NO      /u02/ledger/df3.dbf'];
  const verdictOf = async (...lines: readonly string[]) => {
    const map = await point(undefined, filesOfNight(backup), [`${session}\n${lines.join('\n')}\n`]);
    return judgePoint(map)[0]?.recoverable;
  };

  it.each([
    ['is at the end of its log', rows.slice(0, -1)],
    ['is at the end of its run', [...rows.slice(0, -1), banner, 'Recovery Manager complete.']],
    ['is at the end of its log, with all rows', rows],
    [
      'is of a control file that is not current',
      [
        'RMAN-06139: warning: control file is not current for REPORT SCHEMA',
        ...rows.slice(0, -1),
        'RMAN> exit',
      ],
    ],
  ])('proves nothing where it %s', async (_, lines) => {
    expect(await verdictOf(...lines)).toBe('unknown');
  });

  it.each([['', 'List of Temporary Files'], ['Recovery Manager complete.'], ['RMAN> exit']])(
    'is whole where something of its run follows: %s %s',
    async (...end) => {
      expect(await verdictOf(...rows, ...end)).toBe('no');
      expect(await verdictOf(...rows.slice(0, -1), ...end)).toBe('yes');
    },
  );
});

describe('a first log that was cut off', () => {
  const whole = nightLog(sunday);
  const backups = filesOfNight(sunday);
  const without = filesOfNight(wednesday).filter((path) => !path.startsWith('df2'));
  const verdictOf = async (left: readonly string[], upTo: string) => {
    const cut = whole.slice(0, whole.indexOf(upTo));
    const first = await point(undefined, backups, [cut]);
    const idle = { ...wednesday, files: [], before: [], after: [], hasControlFile: false };
    const between = await point(first, left, [nightLog(idle)]);
    const second = await point(between, [...left, ...without], [nightLog(wednesday)]);
    const third = await point(second, [...left, ...without], []);
    return [second, third].map((map) => judgePoint(map)[0]?.recoverable);
  };

  describe.each([['current log archived'], ['input datafile file number=00002']])('before "%s"', (upTo) => {
    it('may have told of the backup that a later one lacks, as long as there are files that no log names', async () => {
      const left = backups.filter((path) => !/^(df1|arc-before)/.test(path));

      expect(await verdictOf(left, upTo)).toEqual(['unknown', 'unknown']);
    });

    it('is forgotten when they are gone', async () => {
      expect(await verdictOf([], upTo)).toEqual(['no', 'no']);
    });
  });
});

describe('a copy whose roll-forward did not come to its end', () => {
  const stamp = stampOf(Date.parse('2026-01-25T22:05:00Z') / 1000);
  const copies = [1, 2].flatMap((number) => [
    'channel d1: starting datafile copy',
    `input datafile file number=0000${number} name=/u02/ledger/df${number}.dbf`,
    `output file name=/mnt/ledger/df${number}.copy tag=M RECID=${number} STAMP=${stamp}`,
    'channel d1: datafile copy complete, elapsed time: 00:00:07',
  ]);
  const start = 'Starting backup at 2026-01-25 22:01:00\n';
  const none = { ...sunday, files: [] };
  const made = nightLog(none).replace(start, `${start}${copies.join('\n')}\n`);
  const monday = night('2026-01-26', 104, { level: 1 });
  const head = [
    'Recovery Manager: Release 19.0.0.0.0 - Production on Tue Jan 27 21:00:00 2026',
    'connected to target database: LEDGER (DBID=1234567890)',
    'Starting recover at 2026-01-27 21:00:00',
    'channel d1: specifying datafile copies to recover',
    'recovering datafile copy file number=00001 name=/mnt/ledger/df1.copy',
    'channel d1: reading from backup piece /mnt/ledger/df1-2026-01-26',
  ];
  const failure = [
    'RMAN-00571: ===========================================================',
    'RMAN-00569: =============== ERROR MESSAGE STACK FOLLOWS ===============',
    'RMAN-00571: ===========================================================',
    'RMAN-03002: failure of recover command at 01/27/2026 23:00:05',
    'ORA-19502: write error on file "/mnt/ledger/df1.copy"',
    '',
  ];
  const paths = ['df1.copy', 'df2.copy', ...filesOfNight(none), ...filesOfNight(monday)];

  it.each([
    ['as it failed', [...head, ...failure]],
    ['as the log shows it', head],
  ])('holds nobody knows what: %s', async (_, lines) => {
    const [verdict] = judgePoint(await point(undefined, paths, [made, nightLog(monday), lines.join('\n')]));

    expect(verdict).toMatchObject({
      recoverable: 'unknown',
      reasons: [{ code: 'COPY_CONTENT_UNKNOWN' }, {}],
    });
  });

  it('is known again when a later one did', async () => {
    const end = [
      'channel d1: restore complete, elapsed time: 00:00:01',
      'Finished recover at 2026-01-27 22:00:00',
    ];
    const tuesday = night('2026-01-27', 106, { level: 1 });
    const later = head.map((line) => line.replace('21:00:00', '21:30:00'));
    const again = [...later, ...end, 'Recovery Manager complete.', nightLog(tuesday)].join('\n');
    const files = [...paths, ...filesOfNight(tuesday)];
    const first = await point(undefined, paths, [made, nightLog(monday)]);
    const failed = await point(first, paths, [[...head, ...failure].join('\n')]);

    expect(reached(await point(failed, files, [again]))).toEqual([107]);
    expect(reached(await point(failed, files, [nightLog(tuesday)]))).toEqual([]);
  });
});

describe('the last archived log of a night', () => {
  it('is not known where RMAN left one out that was not there', async () => {
    const switched = 'Starting backup at 2026-01-25 22:11:00\ncurrent log archived\n';
    const warning = 'RMAN-06061: WARNING: skipping archived log compromises recoverability\n';
    const log = nightLog(sunday).replace(switched, switched + warning);

    expect(judgePoint(await point(undefined, filesOfNight(sunday), [log]))[0]).toMatchObject({
      recoverable: 'unknown',
      reasons: [{ code: 'REDO_END_UNKNOWN' }, {}],
    });
  });
});

describe('a tablespace that was brought back to an earlier time', () => {
  it('ends what backups before that can be recovered to', async () => {
    const logs = (day: string, sequence: number, lines: readonly string[]) =>
      nightLog(night(day, sequence, { files: [], before: [], hasControlFile: false, lines }));
    const back = logs('2026-01-26', 101, ['Performing import of metadata...']);
    const paths = [...filesOfNight(sunday), 'arc-after-2026-01-26'];

    expect(reached(await point(undefined, paths, [nightLog(sunday), back]))).toEqual([101]);
    expect(reached(await point(undefined, paths, [nightLog(sunday), logs('2026-01-26', 101, [])]))).toEqual([
      102,
    ]);
  });
});

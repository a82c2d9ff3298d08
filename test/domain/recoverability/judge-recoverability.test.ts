import { describe, expect, it } from 'vitest';
import type { FileMap } from '../../../shared/domain/file-map/file-map.ts';
import type { Recoverability } from '../../../shared/domain/recoverability/verdict.ts';
import { file, nextMap } from '../file-map/line.ts';
import { filesOfNight, judgePoint, type Night, nightLog } from './session.ts';

const first: Night = { day: '2026-01-30' };
const second: Night = {
  day: '2026-01-31',
  level: 1,
  before: [[1, 122]],
  after: [[1, 123]],
  typed: 'backup incremental level 1 database plus archivelog;',
};

/** The verdict on a point that has all files of some nights but those that are taken away. */
async function judge(
  nights: readonly Night[],
  {
    without = [],
    more = [],
  }: { readonly without?: readonly string[]; readonly more?: readonly string[] } = {},
): Promise<Recoverability> {
  let map: FileMap | undefined;
  const paths: string[] = [];
  for (const [index, night] of nights.entries()) {
    paths.push(...filesOfNight(night));
    const isLast = index === nights.length - 1;
    const kept = isLast ? [...paths, ...more].filter((path) => !without.includes(path)) : paths;
    map = await nextMap(
      map,
      kept.map((path) => file(path, path)),
      [nightLog(night)],
    );
  }
  const [verdict] = map === undefined ? [] : judgePoint(map);
  if (verdict === undefined) throw new Error('no database');
  return verdict;
}

const codesOf = ({ reasons }: Recoverability, effect: string) =>
  reasons.filter((reason) => reason.effect === effect).map(({ code }) => code);

describe('a database at a point', () => {
  it('is recoverable from a whole backup with the logs around it and its control file, from its end on (D1, F9)', async () => {
    const verdict = await judge([first]);

    expect(verdict).toMatchObject({
      recoverable: 'yes',
      windows: [
        {
          datafiles: 2,
          from: '2026-01-30T22:10:01',
          to: '2026-01-30T22:11:00',
          through: [{ thread: 1, sequence: 121 }],
        },
      ],
    });
    expect(codesOf(verdict, 'note')).toEqual(['PASSWORD_FILE_MISSING']);
    expect(verdict.windows[0]?.files).toEqual([
      'df1-2026-01-30',
      'df2-2026-01-30',
      'cf-2026-01-30',
      'arc-after-2026-01-30',
    ]);
  });

  it.each([
    ['executing command: SET encryption', 1],
    ['CONFIGURE ENCRYPTION FOR DATABASE ON;', 1],
    ['CONFIGURE ENCRYPTION FOR TABLESPACE LEDGER_DATA ON;', 1],
    ['CONFIGURE ENCRYPTION FOR DATABASE OFF; # default', 0],
    ['CONFIGURE CONTROLFILE AUTOBACKUP ON;', 0],
  ])('says that a restore needs a key where the log says: %s', async (line, count) => {
    const settings = 'RMAN configuration parameters for database with db_unique_name LEDGER are:';
    const verdict = await judge([{ ...first, lines: [settings, line] }]);

    expect(verdict.recoverable).toBe('yes');
    expect(codesOf(verdict, 'note').filter((code) => code === 'BACKUPS_ENCRYPTED')).toHaveLength(count);
  });

  it('needs the logs that were written while it was backed up; the answer names them and the command (D3, D36)', async () => {
    const verdict = await judge([first], { without: ['arc-after-2026-01-30'] });

    expect(verdict).toMatchObject({
      recoverable: 'no',
      windows: [],
      firstGap: { thread: 1, fromSequence: 121, toSequence: 121 },
      reasons: [{ code: 'LOG_GAP', effect: 'no' }, {}],
      advice: [
        'BACKUP ARCHIVELOG FROM SEQUENCE 121 UNTIL SEQUENCE 121 THREAD 1;',
        'BACKUP INCREMENTAL LEVEL 0 DATABASE PLUS ARCHIVELOG;',
      ],
    });
  });

  it('names the gap before however many logs', async () => {
    const before = Array.from({ length: 150_000 }, (_, at): [number, number] => [1, 123 + at]);
    const { firstGap } = await judge([first, { ...second, before, after: [[1, 123 + before.length]] }]);

    expect(firstGap).toEqual({ thread: 1, fromSequence: 122, toSequence: 122 });
  });

  it('needs no logs from before it was backed up', async () => {
    expect(await judge([first], { without: ['arc-before-2026-01-30'] })).toMatchObject({
      recoverable: 'yes',
    });
  });

  it.each([
    [
      'a datafile',
      'df2-2026-01-30',
      'DATAFILE_NOT_COVERED',
      'BACKUP INCREMENTAL LEVEL 0 DATABASE PLUS ARCHIVELOG;',
    ],
    ['the control file (E6)', 'cf-2026-01-30', 'CONTROL_FILE_MISSING', 'BACKUP CURRENT CONTROLFILE;'],
  ])('is not recoverable without %s', async (_, path, code, command) => {
    const verdict = await judge([first], { without: [path] });

    expect(verdict.recoverable).toBe('no');
    expect(codesOf(verdict, 'no')).toEqual([code]);
    expect(verdict.advice).toContain(command);
  });

  it('is not known to be recoverable where nothing shows that these are all datafiles (D5)', async () => {
    const verdict = await judge([{ ...first, typed: '' }]);

    expect(verdict.recoverable).toBe('unknown');
    expect(codesOf(verdict, 'unknown')).toEqual(['DATAFILE_LIST_UNPROVEN']);
    expect(verdict.advice).toContain('REPORT SCHEMA;');
  });

  it.each([
    'backup tablespace users plus archivelog;',
    'backup pluggable database hr plus archivelog;',
    'backup validate database;',
    'backup database skip tablespace big plus archivelog;',
    'run { # backup database;',
    "backup tablespace users format '/x/database_%U' plus archivelog;",
  ])('takes %s for no backup of every datafile', async (typed) => {
    expect(await judge([{ ...first, typed }])).toMatchObject({ recoverable: 'unknown' });
  });

  it('has no backup that counts in NOARCHIVELOG mode (E8)', async () => {
    const log = [
      'connected to target database: LEDGER (DBID=1234567890)',
      'Starting backup at 2026-01-30 22:00:00',
      'RMAN-00571: ===========================================================',
      'RMAN-00569: =============== ERROR MESSAGE STACK FOLLOWS ===============',
      'RMAN-00571: ===========================================================',
      'RMAN-03002: failure of backup command at 01/30/2026 22:00:01',
      'RMAN-06149: cannot BACKUP DATABASE in NOARCHIVELOG mode',
    ];

    const [verdict] = judgePoint(await nextMap(undefined, [], [log.join('\n')]));

    expect(verdict).toMatchObject({ recoverable: 'no' });
    expect(verdict && codesOf(verdict, 'no')).toEqual(['NOARCHIVELOG_MODE']);
  });

  it('is recoverable as it was when it was shut down in order and backed up closed, without any log', async () => {
    const lines = [
      'database closed',
      'database dismounted',
      'Oracle instance shut down',
      'Oracle instance started',
      'database mounted',
    ];

    const closed = await judge([{ ...first, before: [], after: [], lines }]);
    const aborted = await judge([{ ...first, before: [], after: [], lines: lines.slice(2) }]);

    expect(closed).toMatchObject({ recoverable: 'yes', windows: [{ isConsistent: true, through: [] }] });
    expect(aborted).toMatchObject({ recoverable: 'unknown' });
  });

  it('is not known where no log shows a switch behind the datafiles: their end may lack its redo', async () => {
    const verdict = await judge([{ ...first, after: [] }]);

    expect(codesOf(verdict, 'unknown')).toEqual(['REDO_END_UNKNOWN']);
  });
});

describe('incrementals', () => {
  it('bring a level 0 forward where logs in between are missing (E2, G2)', async () => {
    const verdict = await judge([first, second], { without: ['arc-before-2026-01-31'] });

    expect(verdict.windows.map(({ from }) => from)).toEqual(['2026-01-30T22:10:01', '2026-01-31T22:10:01']);
    expect(verdict.windows[0]).toMatchObject({ to: '2026-01-30T22:11:00', through: [{ sequence: 121 }] });
  });

  it('are not needed where the logs go on', async () => {
    const verdict = await judge([first, second], { without: ['df1-2026-01-31', 'df2-2026-01-31'] });

    expect(verdict).toMatchObject({ recoverable: 'yes', windows: [{ through: [{ sequence: 123 }] }, {}] });
  });

  it('do not bridge a level 1 that is missing before them, unless they are cumulative', async () => {
    const third: Night = { ...second, day: '2026-02-01', before: [[1, 126]], after: [[1, 127]] };
    const cumulative = { ...third, typed: 'backup incremental level 1 cumulative database plus archivelog;' };
    const without = ['df1-2026-01-31', 'df2-2026-01-31', 'arc-before-2026-01-31'];

    const differential = await judge([first, second, third], { without });
    const bridged = await judge([first, second, cumulative], { without });

    expect(differential.windows.map(({ base }) => base.seq)).toEqual([1]);
    expect(bridged.windows.map(({ base }) => base.seq)).toEqual([1, 3]);
  });

  it('have nothing to go back to without their level 0', async () => {
    const verdict = await judge([first, second], { without: ['df1-2026-01-30'] });

    expect(verdict.recoverable).toBe('unknown');
    expect(codesOf(verdict, 'unknown')).toEqual(['BASE_UNKNOWN']);
  });
});

describe('datafiles that come later', () => {
  const hourly: Night = { ...second, files: [], typed: 'backup archivelog all;' };
  const third: Night = { ...first, day: '2026-02-01', before: [[1, 124]], after: [[1, 125]] };
  const lastOfFirst = async (files: readonly number[], nights: readonly Night[]) => {
    const { windows } = await judge([...nights, { ...third, files }]);
    return windows.filter(({ base }) => base.seq === 1).map(({ through }) => through[0]?.sequence);
  };

  it('end what was backed up before them where they may have come with a pluggable database', async () => {
    expect(await lastOfFirst([1, 2, 5, 6], [first, hourly])).toEqual([121]);
    expect(await lastOfFirst([1, 2, 5, 6], [first, second])).toEqual([123]);
  });

  it('are made anew from the redo where they came one by one', async () => {
    expect(await lastOfFirst([1, 2], [first, hourly])).toEqual([125]);
    expect(await lastOfFirst([1, 2, 5], [first, hourly])).toEqual([125]);
    expect(await lastOfFirst([1, 2, 5, 6], [first, { ...second, files: [1, 2, 5] }])).toEqual([125]);
  });

  it('are only looked at from the redo on that the backup itself needs', async () => {
    const bare = { ...first, after: [] };
    const logs = { ...third, before: [121, 122, 123, 124].map((sequence) => [1, sequence] as const) };
    const { windows } = await judge([bare, { ...logs, files: [1, 2, 5, 6] }]);

    expect(windows.map(({ base, through }) => [base.seq, through[0]?.sequence])).toEqual([
      [1, 124],
      [2, 125],
    ]);
  });
});

describe('threads and incarnations', () => {
  it('of a cluster all have to go on (C6, S49)', async () => {
    const both: Night = {
      ...first,
      before: [
        [1, 120],
        [2, 70],
      ],
      after: [
        [1, 121],
        [2, 71],
      ],
    };

    expect(await judge([both])).toMatchObject({
      recoverable: 'yes',
      windows: [
        {
          through: [
            { thread: 1, sequence: 121 },
            { thread: 2, sequence: 71 },
          ],
        },
      ],
    });
    expect(codesOf(await judge([{ ...both, before: [[1, 120]] }]), 'unknown')).toEqual(['THREADS_UNCLEAR']);
  });

  it('end where sequences begin anew: an older backup does not reach into the new incarnation (S49)', async () => {
    const reset: Night = { ...first, day: '2026-01-31', before: [[1, 1]], after: [[1, 2]], recid: 500 };

    const verdict = await judge([first, reset]);

    expect(verdict.windows).toMatchObject([
      { through: [{ thread: 1, sequence: 121 }] },
      { through: [{ thread: 1, sequence: 2 }] },
    ]);
  });

  it('are doubted where the same number comes again before any log shows that it began anew (S49)', async () => {
    const hidden: Night = { ...first, day: '2026-01-31', before: [[1, 122]], after: [[1, 123]], recid: 500 };

    const verdict = await judge([first, hidden], { without: ['df1-2026-01-31'] });

    expect(verdict.windows[0]).toMatchObject({ through: [{ thread: 1, sequence: 121 }] });
  });
});

describe('files', () => {
  it('that changed since, or lie outside of the mount, promise nothing (S24, S26)', async () => {
    const map = await nextMap(
      undefined,
      filesOfNight(first).map((path) => file(path, path)),
      [nightLog(first)],
    );
    const changed = await nextMap(
      map,
      filesOfNight(first).map((path) => file(path, path === 'df1-2026-01-30' ? 'other' : path)),
      [],
    );

    expect(judgePoint(changed)[0]).toMatchObject({ recoverable: 'no' });
    expect(await judge([{ ...first, folder: '/other/folder' }])).toMatchObject({ recoverable: 'unknown' });
  });

  it('of logs that are known by their names only leave the question open (S24)', async () => {
    const verdict = await judge([first], {
      without: ['arc-after-2026-01-30'],
      more: ['arch/1_121_1204567890.arc'],
    });

    expect(codesOf(verdict, 'unknown')).toEqual(['LOGS_KNOWN_BY_NAME']);
  });

  it('with corrupt blocks in their last validation leave it open (D40)', async () => {
    const lines = [
      'Starting validate at 2026-01-30 21:00:00',
      'File Status Marked Corrupt Empty Blocks Blocks Examined High SCN',
      '---- ------ -------------- ------------ --------------- ----------',
      '1    FAILED 0              10           1280            99000',
      '  File Name: /u02/ledger/df1.dbf',
      'Finished validate at 2026-01-30 21:01:00',
    ];

    expect(codesOf(await judge([{ ...first, lines }]), 'unknown')).toEqual(['DATAFILE_CORRUPT']);
  });

  it('of a run that failed half way do not hide the backup before it (S25, S27)', async () => {
    const cut = nightLog({ ...second, level: 0 }).split('Finished backup at 2026-01-31 22:10:00')[0] ?? '';
    const before = await nextMap(
      undefined,
      filesOfNight(first).map((path) => file(path, path)),
      [nightLog(first)],
    );
    const paths = [...filesOfNight(first), 'arc-before-2026-01-31', 'df1-2026-01-31'];

    const [verdict] = judgePoint(
      await nextMap(
        before,
        paths.map((path) => file(path, path)),
        [cut],
      ),
    );

    expect(verdict).toMatchObject({ recoverable: 'yes', windows: [{ through: [{ sequence: 122 }] }] });
  });

  it('an SPFILE and a password file are missed, and do not forbid anything (E5, E7)', async () => {
    const verdict = await judge([first], { more: ['orapwledger'] });

    expect(codesOf(verdict, 'note')).toEqual([]);
  });
});

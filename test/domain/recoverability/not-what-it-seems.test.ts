import { describe, expect, it } from 'vitest';
import { file, nextMap } from '../file-map/line.ts';
import { filesOfNight, judgePoint, type Night, nightLog, schema } from './session.ts';

const night: Night = { day: '2026-01-30' };
const cold: Night = { ...night, before: [], after: [], typed: 'backup database;' };
const restart = [
  'database closed',
  'database dismounted',
  'Oracle instance shut down',
  'Oracle instance started',
  'database mounted',
];
const asFull = (log: string) => log.replaceAll('incremental level 0 datafile', 'full datafile');
const beginning = 'Starting backup at 2026-01-30 22:01:00';
const withoutLogs = [
  beginning,
  'backup will be obsolete on date 2026-02-06',
  'archived logs will not be kept or backed up',
].join('\n');

async function judge(log: string, paths: readonly string[]) {
  const map = await nextMap(
    undefined,
    paths.map((path) => file(path, path)),
    [log],
  );
  return judgePoint(map)[0];
}

describe('a full backup', () => {
  it.each([
    'backup incremental from scn 4711 database plus archivelog;',
    'backup as compressed backupset for transport database plus archivelog;',
    "backup to platform 'AIX-Based Systems (64-bit)' database plus archivelog;",
  ])('is none that the database is restored from when %s made it', async (typed) => {
    const verdict = await judge(asFull(nightLog({ ...night, typed, lines: schema })), filesOfNight(night));

    expect(verdict).toMatchObject({ recoverable: 'unknown', windows: [] });
    expect(verdict?.reasons[0]).toMatchObject({ code: 'BASE_UNKNOWN', datafiles: [1, 2] });
  });

  it.each([
    [{ typed: 'set maxcorrupt for datafile 1 to 5; backup database plus archivelog;' }],
    [{ lines: [...schema, 'executing command: SET MAX CORRUPT'] }],
  ])('may have corrupt blocks where %o let it', async (more) => {
    const verdict = await judge(nightLog({ ...night, ...more }), filesOfNight(night));

    expect(verdict).toMatchObject({ recoverable: 'unknown', reasons: [{ code: 'BASE_UNKNOWN' }, {}] });
  });

  it.each([
    ['may end when its time is over', 'backup duration 02:00 partial incremental level 0 database;'],
    ['is of a container that it names', 'backup incremental level 0 database "CDB$ROOT" plus archivelog;'],
  ])('that %s proves no list of datafiles', async (_, typed) => {
    const part = { ...night, typed, files: [1] };

    expect(await judge(nightLog(part), filesOfNight(part))).toMatchObject({
      recoverable: 'unknown',
      reasons: [{ code: 'DATAFILE_LIST_UNPROVEN' }, {}],
    });
  });

  it.each([
    [
      'the end of a statement before stood in a line without a prompt',
      ['RMAN> backup', '      tablespace users;'],
    ],
    ['it has all files but the first, as a pluggable database has', [], [2, 3]],
  ])('proves no list of datafiles where %s', async (_, lines, files = [1, 2]) => {
    const typed = lines.length > 0 ? 'list backup of database;' : 'backup incremental level 0 database;';
    const work = ['Starting backup at 2026-01-30 21:00:00', 'Finished backup at 2026-01-30 21:00:01'];
    const part = { ...night, files, typed: '', lines: [...lines, ...work, `RMAN> ${typed}`] };

    expect(await judge(nightLog(part), filesOfNight(part))).toMatchObject({
      recoverable: 'unknown',
      reasons: [{ code: 'DATAFILE_LIST_UNPROVEN' }, {}],
    });
  });

  it('is none that the database is restored from, also where a wrapper put something before what was typed', async () => {
    const typed = '[INFO] node1: RMAN> backup incremental from scn 4711 database plus archivelog;';
    const log = asFull(nightLog({ ...night, typed: '', lines: [...schema, typed] }));

    expect(await judge(log, filesOfNight(night))).toMatchObject({
      recoverable: 'unknown',
      reasons: [{ code: 'BASE_UNKNOWN' }, {}],
    });
  });

  it('is not restored with the control file of another database', async () => {
    const log = nightLog(night).replace('/cf-2026-01-30', '/c-9999999999-20260130-00');
    const paths = [...filesOfNight(night), 'c-9999999999-20260130-00'];

    expect(await judge(log, paths)).toMatchObject({ recoverable: 'unknown' });
  });

  it('may hold only what changed since an SCN where RMAN keeps no logs for it', async () => {
    const log = asFull(nightLog({ ...night, typed: '', lines: schema })).replace(beginning, withoutLogs);

    expect(await judge(log, filesOfNight(night))).toMatchObject({ recoverable: 'unknown' });
  });

  it('counts where it is kept without logs, and the logs around it are there all the same', async () => {
    const typed = "backup database keep until time 'sysdate+7' nologs;";
    const log = asFull(nightLog({ ...night, typed, lines: schema })).replace(beginning, withoutLogs);

    expect(await judge(log, filesOfNight(night))).toMatchObject({ recoverable: 'yes' });
  });

  it('counts when what was typed before it made a backup of another kind', async () => {
    const other = [
      'RMAN> backup incremental from scn 4711 tablespace users;',
      'Starting backup at 2026-01-30 21:00:00',
      'Finished backup at 2026-01-30 21:00:01',
      'RMAN> backup database plus archivelog;',
    ];
    const log = asFull(nightLog({ ...night, typed: '', lines: [...schema, ...other] }));

    expect(await judge(log, filesOfNight(night))).toMatchObject({ recoverable: 'yes' });
  });
});

describe('a report of the schema', () => {
  it.each([
    ["report schema at time 'sysdate-7';", 'unknown'],
    ['report schema;', 'yes'],
  ])('as of "%s" proves the datafiles: %s', async (typed, recoverable) => {
    const log = nightLog({ ...night, typed, lines: schema });

    expect(await judge(log, filesOfNight(night))).toMatchObject({ recoverable });
  });
});

describe('a database that was shut down and mounted', () => {
  it('is backed up consistently, without any logs', async () => {
    const verdict = await judge(nightLog({ ...cold, lines: restart }), filesOfNight(cold));

    expect(verdict).toMatchObject({ recoverable: 'yes', windows: [{ isConsistent: true }] });
  });

  it.each([
    'database opened',
    'Statement processed',
    'sql statement: alter database open',
    'host command complete',
  ])('may be open again behind "%s"', async (line) => {
    const verdict = await judge(nightLog({ ...cold, lines: [...restart, line] }), filesOfNight(cold));

    expect(verdict).toMatchObject({ recoverable: 'unknown', windows: [] });
  });

  it('may be open again right below a report', async () => {
    const log = nightLog({ ...cold, lines: [...restart, ...schema, 'database opened'] });

    expect(await judge(log, filesOfNight(cold))).toMatchObject({ recoverable: 'unknown', windows: [] });
  });

  it('stays closed by statements about the session or the system', async () => {
    const lines = [...restart, 'sql statement: alter system archive log current'];

    expect(await judge(nightLog({ ...cold, lines }), filesOfNight(cold))).toMatchObject({
      recoverable: 'yes',
    });
  });
});

describe('a set of two pieces', () => {
  const handle = 'piece handle=/mnt/ledger/df1-2026-01-30 tag=NIGHT comment=NONE';
  const second = 'piece handle=/mnt/ledger/df1-2 tag=NIGHT comment=NONE';
  const between = [
    'channel d1: starting piece 2 at 2026-01-30 22:00:00',
    'channel d1: finished piece 2 at 2026-01-30 22:00:00',
  ];
  const log = nightLog({ ...night, lines: schema }).replace(handle, [handle, ...between, second].join('\n'));
  const paths = [...filesOfNight(night), 'df1-2'];

  it('is usable with both', async () => {
    expect(await judge(log, paths)).toMatchObject({ recoverable: 'yes' });
  });

  it.each([
    ['first', handle],
    ['second', second],
  ])('is not known to be usable when the log lost the line with the %s', async (_, lost) => {
    expect(await judge(log.replace(`${lost}\n`, ''), paths)).toMatchObject({ recoverable: 'unknown' });
  });
});

describe('a log that lost lines', () => {
  const typed = 'backup incremental level 0 database plus archivelog;';
  const lines = nightLog({ ...night, typed }).split('\n');
  /** Without these, that every set is there can still be seen. */
  const spare =
    /^(?:|Recovery Manager.*|Finished Control File.*|channel d1: (?:specifying|starting piece).*)$/;
  /** A whole set may be lost without a trace; then the list of datafiles is short, and nothing can tell. */
  const lengths = [1, 2, 3, 4];

  it.each(lengths)('proves no list of datafiles when %i in a row of a set are lost', async (length) => {
    for (let first = 14; first + length <= 29; first += 1) {
      const lost = lines.slice(first, first + length);
      if (lost.every((line) => spare.test(line))) continue;
      const log = lines.filter((_, at) => at < first || at >= first + length).join('\n');

      const verdict = await judge(log, filesOfNight(night));

      expect([lost, verdict?.recoverable]).not.toEqual([lost, 'yes']);
    }
  });
});

describe('the end of a backup', () => {
  const log = nightLog(night);
  const second = 'Starting backup at 2026-01-30 22:11:00\ncurrent log archived\n';

  it.each([
    ['is not known when another job had backed up the log that was current', 122, 'unknown'],
    ['is known when only earlier logs had been backed up', 120, 'yes'],
  ])('%s', async (_, sequence, recoverable) => {
    const skipped = `skipping archived log of thread 1 with sequence ${sequence}; already backed up 1 time(s)\n`;

    const verdict = await judge(log.replace(second, second + skipped), filesOfNight(night));

    expect(verdict).toMatchObject({ recoverable });
  });
});

describe('a datafile that was written to without redo', () => {
  const report = [
    'RMAN> report unrecoverable;',
    'Report of files that need backup due to unrecoverable operations',
    'File Type of Backup Required Name',
    '---- ----------------------- -----------------------------------',
    '2    full or incremental     /u02/ledger/df2.dbf',
  ];

  it('is not known to be whole after the backup before', async () => {
    const verdict = await judge(`${nightLog(night)}${report.join('\n')}\n`, filesOfNight(night));

    expect(verdict).toMatchObject({ recoverable: 'unknown' });
    expect(verdict?.reasons[0]).toMatchObject({ code: 'DATAFILE_CORRUPT', datafiles: [2] });
  });

  it('is whole again in the next backup', async () => {
    const verdict = await judge(nightLog({ ...night, lines: report }), filesOfNight(night));

    expect(verdict).toMatchObject({ recoverable: 'yes' });
  });
});

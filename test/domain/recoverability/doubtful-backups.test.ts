import { describe, expect, it } from 'vitest';
import { file, nextMap } from '../file-map/line.ts';
import { filesOfNight, judgePoint, type Night, nightLog, schema } from './session.ts';
import { stampOf } from './toy-oracle/rman.ts';

const night: Night = { day: '2026-01-30', typed: '', lines: schema };
const noLogs: Night = { ...night, before: [], after: [] };

async function judge(logs: readonly string[], paths: readonly string[]) {
  const map = await nextMap(
    undefined,
    paths.map((path) => file(path, path)),
    logs,
  );
  return judgePoint(map)[0];
}

/** Before the session ends. */
const withMore = (log: string, lines: readonly string[]) =>
  log.replace('\nRecovery Manager complete.', [...lines, '', 'Recovery Manager complete.'].join('\n'));

describe('a backup of copies', () => {
  const stamp = stampOf(Date.parse('2026-01-30T22:05:00Z') / 1000);
  const copying = (number: number, input: string) => [
    'channel d1: starting datafile copy',
    input,
    `output file name=/mnt/ledger/df${number}.copy tag=C RECID=${number} STAMP=${stamp}`,
    'channel d1: datafile copy complete, elapsed time: 00:00:07',
  ];
  const copies = (inputOf: (number: number) => string) =>
    nightLog({ ...night, files: [] }).replace(
      'Starting backup at 2026-01-30 22:01:00\n',
      ['Starting backup at 2026-01-30 22:01:00', ...[1, 2].flatMap((n) => copying(n, inputOf(n))), ''].join(
        '\n',
      ),
    );
  const ofCopies = ['arc-before', 'arc-after', 'cf'].map((name) => `${name}-2026-01-30`);

  it.each([
    ['input is copy of datafile $1: /u05/old/df$2.dbf'],
    ['including datafile copy of datafile $1 in backup set\ninput file name=/u05/old/df$2.dbf'],
  ])('is as old as these, and the redo since nobody knows when: %s', async (input) => {
    const log = nightLog(night).replaceAll(/input datafile file number=(0000(\d)) name=\S+/g, input);

    expect(await judge([log], filesOfNight(night))).toMatchObject({
      recoverable: 'unknown',
      reasons: [{ code: 'BASE_UNKNOWN', datafiles: [1, 2] }, {}],
    });
  });

  it.each([
    [
      'of the datafiles',
      (number: number) => `input datafile file number=0000${number} name=/u02/df${number}`,
      'yes',
    ],
    ['of copies', (number: number) => `input is copy of datafile 0000${number}: /u05/df${number}`, 'unknown'],
  ] as const)('as copies again: %s', async (_, inputOf, recoverable) => {
    expect(await judge([copies(inputOf)], [...ofCopies, 'df1.copy', 'df2.copy'])).toMatchObject({
      recoverable,
    });
  });

  it.each([
    ['datafile 1 switched to datafile copy "/mnt/ledger/df1.copy"'],
    [
      'datafile 1 switched to datafile copy',
      `input datafile copy RECID=1 STAMP=${stamp} file name=/mnt/ledger/df1.copy`,
    ],
  ])('is none any longer where the database was switched to it', async (...lines) => {
    const log = withMore(
      copies((number) => `input datafile file number=0000${number} name=/u02/df${number}`),
      lines,
    );

    expect(await judge([log], [...ofCopies, 'df1.copy', 'df2.copy'])).toMatchObject({
      recoverable: 'no',
      reasons: [{ code: 'DATAFILE_NOT_COVERED', datafiles: [1] }, {}],
    });
  });
});

describe('a backup whose logs another job has backed up', () => {
  const logsOf = (day: string, sequences: readonly number[]) =>
    nightLog({
      day,
      typed: '',
      files: [],
      before: [],
      after: sequences.map((each) => [1, each]),
      hasControlFile: false,
    });
  const datafiles = nightLog(noLogs);
  const isMountedOnly = datafiles.replace('(DBID=1234567890)', '(DBID=1234567890, not open)');
  const beginning = 'Starting backup at 2026-01-30 22:01:00';
  const paths = [...filesOfNight(noLogs), 'arc-after-2026-01-29', 'arc-after-2026-01-31'];

  it.each([
    ['of an open database', datafiles, 'yes'],
    ['of one that was mounted only, perhaps after a crash', isMountedOnly, 'unknown'],
    [
      'of one that the run has mounted',
      nightLog({ ...noLogs, lines: ['database mounted', ...schema] }),
      'unknown',
    ],
    [
      'of a standby that may lag behind the logs it has got',
      datafiles.replace(beginning, `${beginning}\ncurrent log archived at primary database`),
      'unknown',
    ],
    [
      'of a standby that could not reach its primary',
      datafiles.replace(
        beginning,
        `${beginning}\nRMAN-06820: warning: failed to archive current log at primary database`,
      ),
      'unknown',
    ],
  ])('begins with the logs archived before, %s', async (_, log, recoverable) => {
    const logs = [logsOf('2026-01-29', [119, 120]), log, logsOf('2026-01-31', [121, 122])];

    expect(await judge(logs, paths)).toMatchObject({ recoverable });
  });
});

describe('a database that was shut down and mounted', () => {
  const restart = [
    'database closed',
    'database dismounted',
    'Oracle instance shut down',
    'Oracle instance started',
    'database mounted',
  ];

  it.each([
    ['alone', 'channel d1: SID=31 device type=DISK', 'yes'],
    ['as one instance of a cluster', 'channel d1: SID=31 instance=ledger1 device type=DISK', 'unknown'],
  ])('is consistent %s', async (_, channel, recoverable) => {
    const lines = [...restart, ...schema, 'allocated channel: d1', channel];

    expect(await judge([nightLog({ ...noLogs, lines })], filesOfNight(noLogs))).toMatchObject({
      recoverable,
    });
  });

  it('is not consistent as a standby', async () => {
    const lines = [...restart, 'current log archived at primary database', ...schema];

    expect(await judge([nightLog({ ...noLogs, lines })], filesOfNight(noLogs))).toMatchObject({
      recoverable: 'unknown',
    });
  });
});

describe('a piece that RMAN could not read', () => {
  const corrupt = (name: string) => [
    'Starting restore at 2026-01-30 23:00:00',
    `channel d1: reading from backup piece /mnt/ledger/${name}`,
    'RMAN-00571: ===========================================================',
    'RMAN-00569: =============== ERROR MESSAGE STACK FOLLOWS ===============',
    'RMAN-00571: ===========================================================',
    'RMAN-03002: failure of restore command at 01/30/2026 23:00:05',
    `ORA-19870: error while restoring backup piece /mnt/ledger/${name}`,
    `ORA-19599: block number 57 is corrupt in backup piece /mnt/ledger/${name}`,
  ];

  it.each(['df1-2026-01-30', 'arc-after-2026-01-30', 'cf-2026-01-30'])(
    'is not relied on: %s',
    async (name) => {
      const verdict = await judge([withMore(nightLog(night), corrupt(name))], filesOfNight(night));

      expect(verdict).toMatchObject({ recoverable: 'unknown', reasons: [{ code: 'FILES_NOT_USABLE' }, {}] });
    },
  );

  it('is not relied on where RMAN went on with an older one', async () => {
    const lines = [
      'Starting restore at 2026-01-30 23:00:00',
      'channel d1: ORA-19870: error while restoring backup piece /mnt/ledger/df1-2026-01-30',
      'ORA-19587: error occurred reading 8192 bytes at block number 57',
      'failover to previous backup',
      'Finished restore at 2026-01-30 23:00:09',
    ];

    expect(await judge([withMore(nightLog(night), lines)], filesOfNight(night))).toMatchObject({
      recoverable: 'unknown',
    });
  });

  it.each([
    ['the datafile was in use', 'ORA-19573: cannot obtain exclusive enqueue for datafile 1'],
    ['it was not there then', 'ORA-19505: failed to identify file "/mnt/ledger/df1-2026-01-30"'],
  ])('is as good as before where %s', async (_, cause) => {
    const lines = [...corrupt('df1-2026-01-30').slice(0, -1), cause];

    expect(await judge([withMore(nightLog(night), lines)], filesOfNight(night))).toMatchObject({
      recoverable: 'yes',
    });
  });

  it('is another one when its name only begins alike, or when it was written anew since', async () => {
    const other = withMore(nightLog(night), corrupt('df1-2026-01-30-old'));
    const earlier = nightLog({ ...night, files: [], before: [], after: [], hasControlFile: false });
    const before = withMore(earlier, corrupt('df1-2026-01-30'));

    expect(await judge([other], filesOfNight(night))).toMatchObject({ recoverable: 'yes' });
    expect(await judge([before, nightLog(night)], filesOfNight(night))).toMatchObject({ recoverable: 'yes' });
  });
});

describe('a log of two databases', () => {
  const validate = (status: 'OK' | 'FAILED') => [
    'Starting validate at 2026-01-30 21:00:00',
    'List of Datafiles',
    '=================',
    'File Status Marked Corrupt Empty Blocks Blocks Examined High SCN',
    '---- ------ -------------- ------------ --------------- ----------',
    `1    ${status}     0              1            100             1234`,
    '  File Name: /u02/ledger/df1.dbf',
    'Finished validate at 2026-01-30 21:00:09',
  ];

  it.each([
    ['FAILED', 'OK', 'yes'],
    ['OK', 'FAILED', 'unknown'],
  ] as const)(
    'found the first %s and the second %s: the second is recoverable: %s',
    async (first, second, recoverable) => {
      const other = nightLog({
        ...night,
        files: [],
        before: [],
        after: [],
        hasControlFile: false,
        lines: validate(first),
      });
      const own = nightLog({ ...night, lines: [...schema, ...validate(second)] });
      const both = other.replace('LEDGER (DBID=1234567890)', 'STOCK (DBID=999)') + own;

      const map = await nextMap(
        undefined,
        filesOfNight(night).map((path) => file(path, path)),
        [both],
      );

      expect(judgePoint(map).find(({ dbid }) => dbid === '1234567890')).toMatchObject({ recoverable });
    },
  );
});

describe('a control file', () => {
  it.each([
    ['current', 'yes'],
    ['standby', 'unknown'],
  ])('that is copied as the %s one', async (kind, recoverable) => {
    const lines = [
      'Starting backup at 2026-01-30 22:12:00',
      'channel d1: starting datafile copy',
      `copying ${kind} control file`,
      `output file name=/mnt/ledger/cf.copy tag=X RECID=9 STAMP=${stampOf(Date.parse('2026-01-30T22:12:00Z') / 1000)}`,
      'channel d1: datafile copy complete, elapsed time: 00:00:01',
      'Finished backup at 2026-01-30 22:12:03',
    ];
    const one = { ...night, hasControlFile: false };

    const verdict = await judge([withMore(nightLog(one), lines)], [...filesOfNight(one), 'cf.copy']);

    expect(verdict).toMatchObject({ recoverable });
  });
});

/** As RMAN 11.2 says it. */
const inChinese = (log: string) =>
  log
    .replace(/^Starting (.+) at (.+)$/gm, '启动 $1 于 $2')
    .replace(/^Finished (.+) at (.+)$/gm, '完成 $1 于 $2')
    .replace(/^channel (\w+): starting piece (\d+) at (.+)$/gm, '通道 $1: 正在启动段 $2 于 $3')
    .replace(/^channel (\w+): finished piece (\d+) at (.+)$/gm, '通道 $1: 已完成段 $2 于 $3')
    .replace(/^channel (\w+): starting archived log backup set$/gm, '通道 $1: 正在启动归档日志备份集')
    .replace(
      /^channel (\w+): starting incremental level (\d) .+$/gm,
      '通道 $1: 正在启动增量级别 $2 数据文件备份集',
    )
    .replace(/^channel (\w+): specifying .+$/gm, '通道 $1: 正在指定备份集内的数据文件')
    .replace(
      /^channel (\w+): backup set complete, elapsed time: (.+)$/gm,
      '通道 $1: 备份集已完成, 经过时间:$2',
    )
    .replace(/^input datafile file number=(\d+) name=(.+)$/gm, '输入数据文件: 文件号=$1 名称=$2')
    .replace(/^input archived log thread=(\d+) sequence=(\d+) /gm, '输入归档日志线程=$1 序列=$2 ')
    .replace(/^piece handle=(.+) tag=(.+) comment=NONE$/gm, '段句柄=$1 标记=$2 注释=NONE')
    .replaceAll('current log archived', '当前日志已存档')
    .replaceAll('connected to target database', '连接到目标数据库');

describe('the list of datafiles', () => {
  const part = { ...night, files: [1] };

  it.each([
    ['is only stored', ['RMAN> create script whole { backup database; }', 'RMAN> backup tablespace system;']],
    [
      'is only stored, beside other commands',
      [
        'RMAN> replace global script whole { sql "begin; end;"; backup database; }',
        'RMAN> execute script part;',
      ],
    ],
    [
      'stands in quotes',
      [`RMAN> host 'echo "now; backup database; done"';`, 'RMAN> backup tablespace system;'],
    ],
  ])('is not proven by a BACKUP of the whole that %s', async (_, lines) => {
    expect(await judge([nightLog({ ...part, lines })], filesOfNight(part))).toMatchObject({
      recoverable: 'unknown',
      reasons: [{ code: 'DATAFILE_LIST_UNPROVEN' }, {}],
    });
  });

  it.each([
    'skipping excluded pluggable database ARCHIVE2019 data files',
    'skipping PDB ARCHIVE2019 data files from backup or copy',
  ])('is not proven by a backup of the whole database that says: %s', async (skipping) => {
    const typed = 'backup incremental level 0 database plus archivelog;';
    const log = nightLog({ day: '2026-01-30', typed }).replace(
      'Starting backup at 2026-01-30 22:01:00',
      `$&\n${skipping}`,
    );

    expect(await judge([log], filesOfNight({ day: '2026-01-30' }))).toMatchObject({
      recoverable: 'unknown',
      reasons: [{ code: 'DATAFILE_LIST_UNPROVEN' }, {}],
    });
  });

  it('is not proven in a language whose wording for what is left out is not known', async () => {
    const log = inChinese(nightLog({ day: '2026-01-30' }));
    const leftOut = log.replace('启动 backup 于 2026-01-30 22:01:00', '$&\n文件 7 不在整个数据库的备份之内');

    expect(await judge([log], filesOfNight({ day: '2026-01-30' }))).toMatchObject({ recoverable: 'yes' });
    expect(await judge([leftOut], filesOfNight({ day: '2026-01-30' }))).toMatchObject({
      recoverable: 'unknown',
      reasons: [{ code: 'DATAFILE_LIST_UNPROVEN' }, {}],
    });
  });

  it('has what was added between the report of the schema and the backup', async () => {
    const more = { ...night, files: [1, 2, 3] };

    expect(await judge([nightLog(more)], filesOfNight(more))).toMatchObject({
      recoverable: 'yes',
      windows: [{ datafiles: 3 }],
    });
    expect(await judge([nightLog(more)], filesOfNight(night))).toMatchObject({ recoverable: 'no' });
  });
});

describe('a cumulative incremental', () => {
  const level0: Night = { ...night, day: '2026-01-27', before: [[1, 100]], after: [[1, 101]] };
  const lost: Night = { ...night, level: 1, day: '2026-01-28', before: [[1, 110]], after: [[1, 111]] };
  const last: Night = { ...night, level: 1, typed: 'backup incremental level 1 cumulative database;' };
  const rolled = [
    'Starting recover at 2026-01-29 21:00:00',
    'channel d1: specifying datafile copies to recover',
    'recovering datafile copy file number=00001 name=/mnt/other/df1.copy',
    'channel d1: reading from backup piece /mnt/ledger/df1-2026-01-28',
    'channel d1: restore complete, elapsed time: 00:00:01',
    'Finished recover at 2026-01-29 21:00:03',
  ];
  const paths = [level0, last].flatMap(filesOfNight);

  it.each([
    ['goes back to the level 0 over one that is lost', [], 121],
    ['may go back to a copy that was rolled forward since, and bridges nothing', rolled, 101],
  ])('%s', async (_, lines, sequence) => {
    const logs = [nightLog(level0), nightLog(lost), nightLog({ ...last, lines: [...schema, ...lines] })];

    const verdict = await judge(logs, paths);

    expect(verdict?.windows.at(-1)?.through).toEqual([{ thread: 1, sequence }]);
  });

  it.each([
    ['typed in the run before', '', []],
    [
      'typed, and a stored script runs',
      'backup incremental level 1 cumulative tablespace users; execute script nightly;',
      [],
    ],
  ])('is not taken for one by what was %s', async (_, typed) => {
    const other = nightLog({ ...last, files: [], before: [], after: [], hasControlFile: false });
    const logs = [nightLog(level0), nightLog(lost), other + nightLog({ ...last, typed, lines: schema })];

    const verdict = await judge(logs, paths);

    expect(verdict?.windows.at(-1)?.through).toEqual([{ thread: 1, sequence: 101 }]);
  });
});

import { describe, expect, it } from 'vitest';
import { parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';

const stack = (...lines: readonly string[]): string[] => [
  'RMAN-00571: ===========================================================',
  'RMAN-00569: =============== ERROR MESSAGE STACK FOLLOWS ===============',
  'RMAN-00571: ===========================================================',
  ...lines,
];

const announced = (channel: string, file: number): string[] => [
  `channel ${channel}: starting full datafile backup set`,
  `channel ${channel}: specifying datafile(s) in backup set`,
  `input datafile file number=0000${file} name=/data/${file}.dbf`,
  `channel ${channel}: starting piece 1 at 17-MAY-31`,
];

const finished = (channel: string, handle: string): string[] => [
  `channel ${channel}: finished piece 1 at 17-MAY-31`,
  `piece handle=${handle} tag=T comment=NONE`,
  `channel ${channel}: backup set complete, elapsed time: 00:00:01`,
];

const session = (channel: string, instance: string): string[] => [
  `allocated channel: ${channel}`,
  `channel ${channel}: SID=9 instance=${instance} device type=DISK`,
];

const parse = (...lines: readonly string[]) => parseRmanLog(`${lines.join('\n')}\n`);

describe('failures', () => {
  it('of a channel leave the sets that are complete, and count once', () => {
    const report = [
      'RMAN-03009: failure of backup command on c1 channel at 05/17/2031 01:02:03',
      'ORA-19502: write error on file "/b/1", block number 9 (block size=8192)',
    ];
    const { map, facts } = parse(
      ...session('c1', 'i1'),
      'Starting backup at 17-MAY-31',
      ...announced('c1', 1),
      ...report,
      'continuing other job steps, job failed will not be re-run',
      ...announced('c1', 2),
      ...finished('c1', '/b/2'),
      ...stack(...report),
      '',
      'Recovery Manager complete.',
    );

    expect(map.status).toBe('failed');
    expect(map.backupSets.map(({ datafiles }) => datafiles?.[0]?.file)).toEqual([2]);
    expect(map.failedSets).toEqual([
      { channel: 'c1', kind: 'full', datafiles: [{ file: 1, name: '/data/1.dbf' }] },
    ]);
    expect(map.errors.map(({ code }) => code)).toEqual(['RMAN-03009', 'ORA-19502']);
    expect(facts.channelFailures).toMatchObject([{ channel: 'c1', isRerun: false }]);
  });

  it('of a channel whose job another one takes do not fail the command', () => {
    const { map, facts } = parse(
      ...session('c1', 'i1'),
      ...session('c2', 'i2'),
      'Starting backup at 17-MAY-31',
      ...announced('c2', 1),
      'RMAN-03009: failure of backup command on c2 channel at 05/17/2031 01:02:03',
      'ORA-03113: end-of-file on communication channel',
      'channel c2 disabled, job failed on it will be run on another channel',
      ...announced('c1', 1),
      ...finished('c1', '/b/1'),
      'Finished backup at 17-MAY-31',
    );

    expect(map.status).toBe('completed');
    expect(map.backupSets).toHaveLength(1);
    expect(facts.channelFailures).toMatchObject([{ channel: 'c2', instance: 'i2', isRerun: true }]);
    expect(map.note).toBe('channel c2 failed; another one took its job');
  });

  it('are judged command by command: a later success counts, and earlier errors are kept', () => {
    const { map } = parse(
      'RMAN> backup database;',
      'Starting backup at 17-MAY-31',
      ...stack(
        'RMAN-03002: failure of backup command at 05/17/2031 01:02:03',
        'ORA-19554: error allocating device',
      ),
      '',
      'RMAN> backup database;',
      'Starting backup at 17-MAY-31',
      ...announced('c1', 1),
      ...finished('c1', '/b/1'),
      'Finished backup at 17-MAY-31',
    );

    expect(map.status).toBe('completed');
    expect(map.errors).toHaveLength(2);
    expect(map.commands).toEqual([
      { command: 'backup', status: 'failed' },
      { command: 'backup', status: 'completed' },
    ]);
  });

  it('of a RESTORE after a backup do not undo the backup', () => {
    const { map } = parse(
      'Starting backup at 17-MAY-31',
      ...announced('c1', 1),
      ...finished('c1', '/b/1'),
      'Finished backup at 17-MAY-31',
      'Starting restore at 17-MAY-31',
      ...stack(
        'RMAN-03002: failure of restore command at 05/17/2031 01:02:03',
        'RMAN-06026: some targets not found',
      ),
    );

    expect(map.status).toBe('completed');
  });

  it.each([
    ['RMAN-06149', 'cannot BACKUP DATABASE in NOARCHIVELOG mode'],
    ['RMAN-06817', 'Pluggable Database LAGER cannot be backed up in NOARCHIVELOG mode.'],
    ['ORA-19602', 'cannot backup or copy active file in NOARCHIVELOG mode'],
  ])('for want of archived logs are named: %s', (code, text) => {
    const { map, facts } = parse(
      'Starting backup at 17-MAY-31',
      ...stack('RMAN-03002: failure of backup command at 05/17/2031 01:02:03', `${code}: ${text}`),
    );

    expect(map).toMatchObject({ status: 'failed', backupSets: [] });
    expect(facts.noArchivelog).toEqual({ code, text, line: 6 });
    expect(map.note).toContain('NOARCHIVELOG');
  });

  it('to connect fail the run, whatever an earlier run of the same log did', () => {
    const { map, facts } = parse(
      'Recovery Manager: Release 19.0.0.0.0 - Production on Fri May 16 01:00:00 2031',
      'Starting backup at 16-MAY-31',
      ...announced('c1', 1),
      ...finished('c1', '/b/1'),
      'Finished backup at 16-MAY-31',
      'Recovery Manager complete.',
      'Recovery Manager: Release 19.0.0.0.0 - Production on Sat May 17 01:00:00 2031',
      ...stack(
        'RMAN-00554: initialization of internal recovery manager package failed',
        'ORA-12514: TNS:listener',
      ),
    );

    expect(map.status).toBe('failed');
    expect(facts.runs.map(({ status }) => status)).toEqual(['completed', 'failed']);
  });

  it('of other programs are none of RMAN', () => {
    const { map } = parse(
      'Starting backup at 17-MAY-31',
      ...announced('c1', 1),
      ...finished('c1', '/b/1'),
      'Finished backup at 17-MAY-31',
      'Recovery Manager complete.',
      'ERROR:',
      'ORA-12545: Connect failed because target host or object does not exist',
      'File Name: /b/x.lck',
      '  RMAN-07517: Reason: The file header is corrupted',
    );

    expect(map).toMatchObject({ status: 'completed', errors: [] });
  });

  it('of the autobackup fail the backup', () => {
    const { map } = parse(
      'Starting backup at 17-MAY-31',
      ...announced('c1', 1),
      ...finished('c1', '/b/1'),
      'Finished backup at 17-MAY-31',
      'Starting Control File and SPFILE Autobackup at 17-MAY-31',
      ...stack(
        'RMAN-03009: failure of Control File and SPFILE Autobackup command on c1 channel at 05/17/2031 01:02:03',
        'ORA-19504: failed to create file "/b/cf"',
      ),
    );

    expect(map).toMatchObject({ status: 'failed', autobackups: [] });
    expect(map.backupSets).toHaveLength(1);
  });

  describe('behind an autobackup that a backup makes before it ends', () => {
    const autobackup = [
      'Starting Control File and SPFILE Autobackup at 17-MAY-31',
      'piece handle=/b/c-3141592653-20310517-00 comment=NONE',
      'Finished Control File and SPFILE Autobackup at 17-MAY-31',
    ];
    const begin = ['Starting backup at 17-MAY-31', ...announced('c1', 1), ...finished('c1', '/b/1')];
    const statuses = (map: ReturnType<typeof parse>['map']) => map.commands?.map(({ status }) => status);

    it('are the failure of the backup', () => {
      const stacked = stack('RMAN-03009: failure of backup command on c2 channel at 05/17/2031 01:02:03');
      const { map } = parse(...begin, ...autobackup, ...stacked);

      expect(map.status).toBe('failed');
      expect(statuses(map)).toEqual(['failed', 'completed']);
      expect([map.backupSets, map.autobackups]).toMatchObject([{ length: 1 }, { length: 1 }]);
    });

    it('keep nothing of what is whole from being so', () => {
      const { map } = parse(
        ...begin,
        ...autobackup,
        ...announced('c1', 2),
        ...finished('c1', '/b/2'),
        'Finished backup at 17-MAY-31',
      );

      expect(map.status).toBe('completed');
      expect([map.backupSets, map.autobackups]).toMatchObject([{ length: 2 }, { length: 1 }]);
    });

    it('are not looked for while a set is in work: lines are missing then', () => {
      const { map } = parse(...begin, ...announced('c1', 2), ...autobackup);

      expect(statuses(map)).toEqual(['truncated', 'completed']);
      expect(map.backupSets).toHaveLength(1);
    });

    it('are cut off where the backup never ends', () => {
      expect(parse(...begin, ...autobackup).map.status).toBe('truncated');
    });
  });

  it.each([
    ['nothing', ''],
    ['prose', 'the cat sat on the mat\nand nothing else\n'],
    ['a banner', 'Recovery Manager: Release 19.0.0.0.0 - Production on Sat May 17 01:00:00 2031\n'],
    ['a connection', 'connected to target database: X (DBID=1)\n'],
  ])('are not hidden by completed: a log that holds only %s is truncated', (_, text) => {
    expect(parseRmanLog(text).map.status).toBe('truncated');
  });

  it('name their channel in every language, as the name is a word of the text', () => {
    const { map } = parse(
      '通道 k1: SID=9 设备类型=DISK',
      '启动 backup 于 17-5月 -31',
      '通道 k1: 正在启动全部数据文件备份集',
      '输入数据文件: 文件号=00001 名称=/data/1.dbf',
      ...stack('RMAN-03009: backup 命令 (k1 通道上, 在 05/17/2031 01:02:03 上) 失败', 'ORA-19502: x'),
    );

    expect(map.failedSets).toMatchObject([{ channel: 'k1' }]);
    expect(map.status).toBe('failed');
  });

  it('are not taken for warnings, nor the other way round, where an author has put blanks around the colons', () => {
    const { map } = parse(
      'Starting backup at 17-MAY-31',
      'RMAN-06755 :  warning :  datafile 14 :  incremental-start SCN is too recent',
      'Finished backup at 17-MAY-31',
    );

    expect(map).toMatchObject({ status: 'completed-with-warnings', errors: [] });
    expect(map.warnings).toEqual([
      { code: 'RMAN-06755', text: 'warning :  datafile 14 :  incremental-start SCN is too recent' },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';

const parse = (...lines: readonly string[]) => parseRmanLog(`${lines.join('\n')}\n`);

describe('a deletion', () => {
  const question = 'Do you really want to delete the above objects (enter YES or NO)? ';

  it('may begin behind the question that a script has answered', () => {
    const { map } = parse(
      `${question}deleted backup piece`,
      'backup piece handle=/b/one RECID=7 STAMP=1391648403',
      'deleted backup piece',
      'backup piece handle=/b/two RECID=8 STAMP=1391648404',
      `${question}deleted archived log`,
      'archived log file name=/a/1_7.arc RECID=9 STAMP=1391648405',
      `${question}YES`,
      'deleted datafile copy',
      'datafile copy file name=/c/users.dbf RECID=10 STAMP=1391648406',
      'Deleted 4 objects',
    );

    expect(map.deletions).toEqual([
      { type: 'backuppiece', handle: '/b/one', recid: 7, stamp: 1391648403 },
      { type: 'backuppiece', handle: '/b/two', recid: 8, stamp: 1391648404 },
      { type: 'archivelog', name: '/a/1_7.arc', recid: 9, stamp: 1391648405 },
      { type: 'datafilecopy', name: '/c/users.dbf', recid: 10, stamp: 1391648406 },
    ]);
  });

  it('is all that a log has to show, also where a channel is released before', () => {
    const { map } = parse(
      'RMAN> delete obsolete;',
      'released channel: ORA_DISK_1',
      'allocated channel: ORA_DISK_1',
      'channel ORA_DISK_1: SID=21 device type=DISK',
      'deleted backup piece',
      'backup piece handle=/b/one RECID=7 STAMP=1391648403',
    );

    expect(map.status).toBe('completed');
  });
});

describe('a log that could not be deleted', () => {
  it('is not deleted, in whichever form it is named; the next one is', () => {
    const failed = 'RMAN-08118: WARNING: could not delete the following archived redo log';
    const { map } = parse(
      'Starting backup at 17-MAY-31',
      'channel c1: deleting archived log(s)',
      failed,
      'archived log file name=+FRA/1_7.arc RECID=9 STAMP=1391648405',
      "ORA-15028: ASM file '+FRA/1_7.arc' not dropped; currently being accessed",
      failed,
      'archived log file name=+FRA/1_8.arc thread=1 sequence=8',
      'archived log file name=+FRA/1_9.arc RECID=11 STAMP=1391648407',
      'Finished backup at 17-MAY-31',
    );

    expect(map).toMatchObject({ status: 'completed-with-warnings', errors: [] });
    expect(map.deletions).toMatchObject([{ name: '+FRA/1_9.arc' }]);
    expect(map.notDeleted).toEqual([{ name: '+FRA/1_8.arc', thread: 1, sequence: 8 }]);
  });
});

describe('a crosscheck', () => {
  it('says in Chinese, too, what it did not find', () => {
    const { map, facts } = parse(
      "交叉校验备份片段: 找到为 'EXPIRED'",
      '备份片段句柄=/b/gone RECID=7 STAMP=1391648403',
      "交叉校验备份片段: 找到为 'AVAILABLE'",
      '备份片段句柄=/b/there RECID=8 STAMP=1391648404',
    );

    expect(map.deletions).toEqual([]);
    expect(facts.listed?.missing).toMatchObject([{ type: 'backuppiece', name: '/b/gone', recid: 7 }]);
  });
});

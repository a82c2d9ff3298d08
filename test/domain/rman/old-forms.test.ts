import { describe, expect, it } from 'vitest';
import { parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';

const inBackup = (...lines: readonly string[]) =>
  parseRmanLog(`${['Starting backup at 17-MAY-31', ...lines, 'Finished backup at 17-MAY-31'].join('\n')}\n`);

describe('forms of messages that few logs have', () => {
  it('of 9i complete a set without its channel', () => {
    const { map } = inBackup(
      'RMAN-08008: channel d1: starting full datafile backupset',
      'RMAN-08010: channel d1: specifying datafile(s) in backupset',
      'RMAN-08522: input datafile fno=00001 name=/data/1.dbf',
      'RMAN-08011: including current controlfile in backupset',
      'RMAN-08013: channel d1: piece 1 created',
      'RMAN-08503: piece handle=/b/p1 comment=NONE',
      'RMAN-08525: backup set complete, elapsed time: 00:00:35',
    );

    expect(map.status).toBe('completed');
    expect(map.backupSets).toEqual([
      {
        channel: 'd1',
        kind: 'full',
        compressed: false,
        pieces: [{ handle: '/b/p1', piece: 1, comment: 'NONE' }],
        datafiles: [{ file: 1, name: '/data/1.dbf' }],
        includesControlFile: true,
        includesSpfile: false,
        elapsedSeconds: 35,
      },
    ]);
  });

  it('of 9i complete nothing where two sets could be meant', () => {
    const announced = (channel: string, file: number) => [
      `channel ${channel}: starting full datafile backupset`,
      `input datafile fno=0000${file} name=/data/${file}.dbf`,
    ];
    const written = (channel: string) => [
      `channel ${channel}: piece 1 created`,
      `piece handle=/b/${channel} comment=NONE`,
    ];
    const { map } = inBackup(
      ...announced('d1', 1),
      ...announced('d2', 2),
      ...written('d1'),
      ...written('d2'),
      'backup set complete, elapsed time: 00:00:35',
    );

    expect(map).toMatchObject({ status: 'truncated', backupSets: [] });
    expect(map.note).toContain('the log does not say which');
  });

  it('name the new piece of BACKUP BACKUPSET before it is finished', () => {
    const { map, facts } = inBackup(
      'channel t1: input backup set: count=12, stamp=1245751741, piece=1',
      'channel t1: starting piece 1 at 17-MAY-31',
      'channel t1: backup piece /b/a_1_1',
      'piece handle=0c_1_2 comment=API Version 2.0,MMS Version 8.1.3.0',
      'channel t1: finished piece 1 at 17-MAY-31',
      'channel t1: backup piece complete, elapsed time: 00:00:07',
    );

    expect(map).toMatchObject({ status: 'completed', backupSets: [] });
    expect(facts.copiedPieces).toMatchObject([{ handle: '0c_1_2' }]);
    expect(facts.unattributedPieces).toEqual([]);
  });

  it('make a copy of a copy', () => {
    const { map } = inBackup(
      'channel c1: starting datafile copy',
      'input is copy of datafile 00004: /b/users copy.dbf',
      'output file name=/c/users2.dbf tag=T RECID=5 STAMP=1245751741',
      'channel c1: datafile copy complete, elapsed time: 00:00:03',
    );

    expect(map.imageCopies).toMatchObject([
      { file: 4, name: '/b/users copy.dbf', output: '/c/users2.dbf', recid: 5 },
    ]);
  });

  it('say that proxy copies are not read', () => {
    const { map } = inBackup('channel t1: starting proxy datafile backup at 17-MAY-31');

    expect(map.note).toContain('proxy copies are not read');
  });

  it('take a datafile back of which a restored database has nothing new', () => {
    const { map } = inBackup(
      'channel d1: starting incremental level 1 datafile backup set',
      'channel d1: specifying datafile(s) in backup set',
      'input datafile file number=00004 name=/data/4.dbf',
      'skipping data file 00004 because the file was restored',
      'input datafile file number=00006 name=/data/6.dbf',
      'channel d1: starting piece 1 at 17-MAY-31',
      'channel d1: finished piece 1 at 17-MAY-31',
      'piece handle=/b/p1 tag=T1 comment=NONE',
      'channel d1: backup set complete, elapsed time: 00:00:03',
    );

    expect(map.backupSets[0]?.datafiles).toEqual([{ file: 6, name: '/data/6.dbf' }]);
    expect(map.skipped).toEqual([{ datafile: 4, reason: 'restored' }]);
  });

  it('tell of logs that a Recovery Appliance does not need', () => {
    const { map } = inBackup(
      'Skipping archived log of thread 2 with sequence 17. It has redo not required at Recovery Appliance.',
      'Skipping archived logs of thread 1 from sequence 40 to 43. Already backed up or it has redo not required at Recovery Appliance.',
    );

    expect(map.skipped).toEqual([
      { thread: 2, fromSequence: 17, toSequence: 17, reason: 'not required' },
      { thread: 1, fromSequence: 40, toSequence: 43, reason: 'already backed up' },
    ]);
  });

  it('take a log back that was deleted from the recovery area before it could be read', () => {
    const { map } = inBackup(
      'channel d1: starting archived log backup set',
      'channel d1: specifying archived log(s) in backup set',
      'input archived log thread=1 sequence=7 RECID=107 STAMP=1391648403',
      'input archived log thread=1 sequence=8 RECID=108 STAMP=1391648404',
      'skipping /fra/1_8.arc; file deleted from disk',
      'channel d1: starting piece 1 at 17-MAY-31',
      'channel d1: finished piece 1 at 17-MAY-31',
      'piece handle=/b/p1 tag=T1 comment=NONE',
      'channel d1: backup set complete, elapsed time: 00:00:03',
    );

    expect(map.backupSets[0]?.archivelogs).toMatchObject([{ sequence: 7 }]);
    expect(map.note).toContain('/fra/1_8.arc is not in the backup');
  });
});

describe('an image copy in sections', () => {
  const section = (channel: string, first: number, last: number) => [
    `channel ${channel}: starting datafile copy`,
    'input datafile file number=00001 name=/data/1.dbf',
    `backing up blocks ${first} through ${last}`,
  ];
  const made = (channel: string, seconds: number) => [
    'output file name=/c/1.dbf tag=T RECID=7 STAMP=1245751741',
    `channel ${channel}: datafile copy complete, elapsed time: 00:00:0${seconds}`,
  ];

  it('is one copy when all of them are made', () => {
    const { map } = inBackup(
      ...section('c1', 1, 25600),
      ...section('c2', 25601, 51200),
      ...made('c2', 3),
      ...made('c1', 5),
    );

    expect(map.imageCopies).toMatchObject([{ file: 1, output: '/c/1.dbf', elapsedSeconds: 5 }]);
    expect(map.imageCopies).toHaveLength(1);
  });

  it('is none when one is missing', () => {
    const { map } = inBackup(...section('c1', 1, 25600), ...section('c2', 25601, 51200), ...made('c1', 5));

    expect(map).toMatchObject({ imageCopies: [], status: 'truncated' });
    expect(map.note).toContain('blocks 1 to 25600 of /c/1.dbf were copied');
  });

  it('is none while the command has not finished', () => {
    const { map } = parseRmanLog(
      ['Starting backup at 1', ...section('c1', 1, 25600), ...made('c1', 5), ''].join('\n'),
    );

    expect(map).toMatchObject({ imageCopies: [], status: 'truncated' });
  });
});

import { describe, expect, it } from 'vitest';
import { parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';
import { readFixture } from './fixtures/parse-fixture.ts';

const frame = (...lines: readonly string[]): string =>
  ['Starting backup at 17-MAY-31', ...lines, 'Finished backup at 17-MAY-31', ''].join('\n');

const set = (channel: string, file: number, ...more: readonly string[]): string[] => [
  `channel ${channel}: starting full datafile backup set`,
  `channel ${channel}: specifying datafile(s) in backup set`,
  `input datafile file number=0000${file} name=/data/${file}.dbf`,
  ...more,
];

const written = (channel: string, piece: number, handle: string): string[] => [
  `channel ${channel}: starting piece ${piece} at 17-MAY-31`,
  `channel ${channel}: finished piece ${piece} at 17-MAY-31`,
  `piece handle=${handle} tag=T comment=NONE`,
  `channel ${channel}: backup set complete, elapsed time: 00:00:0${piece}`,
];

describe('a nightly backup on two channels', () => {
  const { map, facts } = parseRmanLog(readFixture('nightly-two-channels.log').toString(), 'nightly');

  it('names the database, its run and the instances that its channels work on', () => {
    expect(map.databases).toEqual([{ name: 'LAGER', dbid: '3141592653', version: '19.31.0.0.0' }]);
    expect(facts.runs).toEqual([
      { firstLine: 1, lastLine: 74, version: '19.31.0.0.0', dbid: '3141592653', status: 'completed' },
    ]);
    expect(facts.channels).toMatchObject([
      { name: 'd1', sid: 201, instance: 'lager1', device: 'DISK' },
      { name: 'd2', sid: 202, instance: 'lager2', device: 'DISK' },
    ]);
  });

  it('gives each set its files, whatever stands between, and all pieces of the set', () => {
    expect(map.backupSets.map(({ kind, pieces }) => [kind, pieces.map(({ handle }) => handle)])).toEqual([
      ['archivelog', ['/mnt/lager/arc_900_1']],
      ['incremental', ['/mnt/lager/df_1_1', '/mnt/lager/df_1_2']],
      ['controlfile', ['/mnt/lager/cf_1_1']],
    ]);
    expect(map.backupSets[1]?.datafiles).toEqual([{ file: 1, name: '+DATEN/LAGER/system.257.1' }]);
    expect(map.backupSets[2]).toMatchObject({ includesSpfile: true, announcedAs: 'incremental level 1' });
  });

  it('tells what was deleted from what was refused and what was only checked', () => {
    expect(map.deletions).toEqual([
      {
        type: 'archivelog',
        name: '/arch/lager/1_900_1100200300.arc',
        recid: 1800,
        stamp: 1392253203,
        channel: 'd2',
      },
      { type: 'backuppiece', handle: '/mnt/lager/old_1_1', recid: 77, stamp: 1391648403 },
      { type: 'backuppiece', handle: '/mnt/lager/arc_900_1', recid: 1802, stamp: 1392253206 },
    ]);
    expect(map.notDeleted).toEqual([{ name: '/arch/lager/2_411_1100200300.arc', thread: 2, sequence: 411 }]);
    expect(map.status).toBe('completed-with-warnings');
  });

  it('lists the pieces that are left when some of its own are deleted', () => {
    expect(map.survivingPieces).toEqual([
      '/mnt/lager/df_1_1',
      '/mnt/lager/cf_1_1',
      '/mnt/lager/df_1_2',
      '/mnt/lager/c-3141592653-20310517-00',
    ]);
  });

  it('says in which lines the entries stand', () => {
    expect(facts.sources.backupSets[1]).toEqual({ announced: 37, pieces: [46, 55] });
    expect(facts.sources.autobackups).toEqual([60]);
  });
});

describe('sections', () => {
  const section = (channel: string, piece: number, first: number, last: number): string[] => [
    ...set(channel, 7, `backing up blocks ${first} through ${last}`),
    ...written(channel, piece, `/b/s_${piece}`),
  ];

  it('of one datafile are one set, on whatever channels they were written', () => {
    const { map } = parseRmanLog(
      frame(...section('c1', 1, 1, 100), ...section('c2', 2, 101, 200), ...section('c1', 3, 201, 250)),
    );

    expect(map.backupSets).toEqual([
      {
        channel: 'c1',
        kind: 'full',
        compressed: false,
        pieces: [1, 2, 3].map((piece) => ({
          handle: `/b/s_${piece}`,
          tag: 'T',
          piece,
          comment: 'NONE',
          finishedAt: '17-MAY-31',
        })),
        datafiles: [{ file: 7, name: '/data/7.dbf' }],
        includesControlFile: false,
        includesSpfile: false,
        startedAt: '17-MAY-31',
        sections: [
          { piece: 1, blocks: [1, 100] },
          { piece: 2, blocks: [101, 200] },
          { piece: 3, blocks: [201, 250] },
        ],
        elapsedSecondsPerPiece: [1, 2, 3],
      },
    ]);
  });

  it('are no set when one of them is missing', () => {
    const { map } = parseRmanLog(frame(...section('c1', 1, 1, 100), ...section('c1', 3, 201, 250)));

    expect(map.backupSets).toEqual([]);
    expect(map.note).toContain('not all of its sections are known');
  });

  it('are no set when the log ends before the last one', () => {
    const text = frame(...section('c1', 1, 1, 100), ...section('c1', 2, 101, 200)).split('Finished')[0] ?? '';

    expect(parseRmanLog(text).map).toMatchObject({ backupSets: [], status: 'truncated' });
  });
});

describe('pieces', () => {
  it('that are duplexed are copies of the same piece', () => {
    const { map } = parseRmanLog(
      frame(
        ...set('c1', 1),
        'channel c1: starting piece 1 at 17-MAY-31',
        'channel c1: finished piece 1 at 17-MAY-31 with 2 copies and tag TWICE',
        'piece handle=/b/one comment=NONE',
        'piece handle=/c/one comment=NONE',
        'channel c1: backup set complete, elapsed time: 00:00:01',
      ),
    );

    expect(map.backupSets[0]?.pieces.map(({ handle, piece, tag }) => [handle, piece, tag])).toEqual([
      ['/b/one', 1, 'TWICE'],
      ['/c/one', 1, 'TWICE'],
    ]);
  });

  it('with odd names are verbatim: blanks, signs, a tag of several words', () => {
    const handle = 'E:\\sets\\<night> of: may\\a b=c_1';
    const { map } = parseRmanLog(
      frame(...set('c1', 1), ...written('c1', 1, handle)).replace('tag=T', 'tag=AFTER THE MOVE'),
    );

    expect(map.backupSets[0]?.pieces[0]).toMatchObject({ handle, tag: 'AFTER THE MOVE' });
  });

  it('whose set is not in the log are not guessed at', () => {
    const { map, facts } = parseRmanLog(
      frame(
        '...',
        'piece handle=/b/lost tag=T comment=NONE',
        'channel c3: backup set complete, elapsed time: 00:00:01',
      ),
    );

    expect(map.backupSets).toEqual([]);
    expect(facts.unattributedPieces).toEqual([{ handle: '/b/lost', tag: 'T', comment: 'NONE', line: 3 }]);
    expect(map.note).toBe('line 3: /b/lost was written, but the log does not say what it holds');
  });

  it('that BACKUP BACKUPSET copies make no new set', () => {
    const { map, facts } = parseRmanLog(
      frame(
        'channel c1: input backup set: count=17, stamp=1392253206, piece=1',
        'channel c1: starting piece 1 at 17-MAY-31',
        'channel c1: backup piece /old/p',
        'channel c1: finished piece 1 at 17-MAY-31',
        'piece handle=/tape/p tag=T comment=NONE',
        'channel c1: backup piece complete, elapsed time: 00:00:01',
      ),
    );

    expect(map).toMatchObject({ backupSets: [], status: 'completed' });
    expect(facts.copiedPieces).toMatchObject([{ handle: '/tape/p', channel: 'c1' }]);
  });
});

describe('what is no backup', () => {
  it('is a validation: it writes no piece, and its report gives the high SCN of each file', () => {
    const { map, facts } = parseRmanLog(
      frame(
        ...set('c1', 1),
        'channel c1: backup set complete, elapsed time: 00:00:16',
        'List of Datafiles',
        '=================',
        'File Status Marked Corrupt Empty Blocks Blocks Examined High SCN',
        '---- ------ -------------- ------------ --------------- ----------',
        '1    FAILED 2              17           12800           9007199254740993',
        '  File Name: /data/1.dbf',
        '  Block Type Blocks Failing Blocks Processed',
        '  ---------- -------------- ----------------',
        '  Data       1              900             ',
        '  Index      0              80              ',
        '  Other      0              7               ',
      ),
    );

    expect(map).toMatchObject({ backupSets: [], status: 'completed' });
    expect(facts.validation.datafiles).toEqual([
      {
        file: 1,
        name: '/data/1.dbf',
        status: 'FAILED',
        markedCorrupt: 2,
        emptyBlocks: 17,
        blocksExamined: 12800,
        highScn: '9007199254740993',
        blockTypes: [
          { failing: 1, processed: 900 },
          { failing: 0, processed: 80 },
          { failing: 0, processed: 7 },
        ],
        line: 10,
      },
    ]);
  });

  it('is a set whose files were all skipped', () => {
    const { map } = parseRmanLog(
      frame(
        ...set(
          'c1',
          5,
          'skipping datafile 00005 because it has not changed',
          'channel c1: backup cancelled because all files were skipped',
        ),
      ),
    );

    expect(map).toMatchObject({
      backupSets: [],
      status: 'completed',
      skipped: [{ datafile: 5, reason: 'not changed' }],
    });
  });

  it('is a set that finishes with lines missing: the log is said to have a gap', () => {
    const { map } = parseRmanLog(frame(...set('c1', 1), 'channel c1: starting piece 1 at 17-MAY-31'));

    expect(map).toMatchObject({ backupSets: [], status: 'truncated' });
    expect(map.note).toContain('never said to be complete');
  });

  it.each(['source', 'target'])(
    'is a conversion at the %s: its datafiles are for another platform',
    (side) => {
      const { map, facts } = parseRmanLog(
        [
          `Starting conversion at ${side} at 17-MAY-31`,
          'channel c1: starting datafile conversion',
          'input datafile file number=00007 name=/data/7.dbf',
          'converted datafile=/out/seven.dbf',
          'channel c1: datafile conversion complete, elapsed time: 00:00:03',
          `Finished conversion at ${side} at 17-MAY-31`,
          '',
        ].join('\n'),
      );

      expect(map).toMatchObject({ backupSets: [], imageCopies: [], status: 'completed' });
      expect(facts.commands).toMatchObject([
        { command: 'conversion', status: 'completed', startedAt: '17-MAY-31', isBackup: false },
      ]);
    },
  );

  it('is a piece behind the end of a command, whose own command does not begin in the log: its content is not known', () => {
    const written = [
      'channel c1: starting full datafile backup set',
      'channel c1: specifying datafile(s) in backup set',
      'input datafile file number=00001 name=/data/1.dbf',
      'channel c1: starting piece 1 at 17-MAY-31',
      'channel c1: finished piece 1 at 17-MAY-31',
      'piece handle=/b/late tag=T1 comment=NONE',
      'channel c1: backup set complete, elapsed time: 00:00:01',
    ];
    const { map, facts } = parseRmanLog(
      `${frame(...set('c1', 1))}${written.join('\n')}\nRecovery Manager complete.\n`,
    );

    expect(map.backupSets.flatMap(({ pieces }) => pieces.map(({ handle }) => handle))).not.toContain(
      '/b/late',
    );
    expect(facts.unattributedPieces).toMatchObject([{ handle: '/b/late', tag: 'T1', comment: 'NONE' }]);
    expect(map.note).toContain('/b/late was written, but the log does not say what it holds');
  });
});

it('takes a command with more sets than a call has room for arguments', () => {
  const count = 150_000;
  const lines = Array.from({ length: count }, (_, at) => [
    'channel c1: starting full datafile backup set',
    `input datafile file number=${at + 1} name=/data/${at}.dbf`,
    'channel c1: starting piece 1 at 17-MAY-31',
    'channel c1: finished piece 1 at 17-MAY-31',
    `piece handle=/b/${at} tag=T1 comment=NONE`,
    'channel c1: backup set complete, elapsed time: 00:00:01',
  ]).flat();
  const { map } = parseRmanLog(
    ['Starting backup at 17-MAY-31', ...lines, 'Finished backup at 17-MAY-31', ''].join('\n'),
  );

  expect(map.backupSets).toHaveLength(count);
  expect(map.status).toBe('completed');
});

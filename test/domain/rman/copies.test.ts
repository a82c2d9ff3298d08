import { describe, expect, it } from 'vitest';
import { parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';

const frame = (...lines: readonly string[]): string =>
  ['Starting backup at 17-MAY-31', ...lines, 'Finished backup at 17-MAY-31', ''].join('\n');

describe('image copies', () => {
  const copy = (channel: string, file: number): string[] => [
    `channel ${channel}: starting datafile copy`,
    `input datafile file number=0000${file} name=/data/${file}.dbf`,
  ];
  const output = (file: number, name: string): string =>
    `output file name=${name} tag=C RECID=${file} STAMP=1392253206`;

  it('go to the channel that completes them, by the number in their default names', () => {
    const { map } = parseRmanLog(
      frame(
        ...copy('c1', 1),
        ...copy('c2', 2),
        output(2, '/b/data_D-X_I-1_TS-B_FNO-2_q'),
        output(1, '/b/data_D-X_I-1_TS-A_FNO-1_q'),
        'channel c1: datafile copy complete, elapsed time: 00:00:05',
        'channel c2: datafile copy complete, elapsed time: 00:00:06',
      ),
    );

    expect(map.imageCopies.map(({ channel, file, output: path }) => [channel, file, path])).toEqual([
      ['c1', 1, '/b/data_D-X_I-1_TS-A_FNO-1_q'],
      ['c2', 2, '/b/data_D-X_I-1_TS-B_FNO-2_q'],
    ]);
  });

  it('of the control file and of archived logs are facts beside the map', () => {
    const { map, facts } = parseRmanLog(
      frame(
        'channel c1: starting datafile copy',
        'copying current control file',
        output(9, '/b/cf'),
        'channel c1: datafile copy complete, elapsed time: 00:00:01',
        'channel c1: starting archived log copy',
        'input archived log thread=1 sequence=5 RECID=5 STAMP=1392253206',
        'output file name=/b/1_5.arc RECID=8 STAMP=1392253207',
        'channel c1: archived log copy complete, elapsed time: 00:00:01',
      ),
    );

    expect(map.imageCopies).toEqual([]);
    expect(facts.controlFileCopies).toMatchObject([{ output: '/b/cf' }]);
    expect(facts.archivedLogCopies).toMatchObject([{ output: '/b/1_5.arc', thread: 1, sequence: 5 }]);
  });

  it('that DUPLICATE makes for another database are none', () => {
    const { map } = parseRmanLog(
      `Starting Duplicate Db at 17-MAY-31\n${frame(...copy('c1', 1), output(1, '/aux/1'), 'channel c1: datafile copy complete, elapsed time: 00:00:05')}Finished Duplicate Db at 17-MAY-31\n`,
    );

    expect(map.imageCopies).toEqual([]);
  });

  it('that are complete, but whose record no line names, are not in the map, which says so', () => {
    const { map } = parseRmanLog(
      frame(
        ...copy('c1', 4),
        'output file name=/b/users.dbf tag=T RECID=... STAMP=...',
        'channel c1: datafile copy complete, elapsed time: 00:00:03',
      ),
    );

    expect(map.imageCopies).toEqual([]);
    expect(map.note).toContain('a copy of channel c1 is complete, but the log does not name its record');
  });

  it.each([
    ['is complete', ['channel c1: restore complete, elapsed time: 00:00:01'], 150_000],
    ['ends with its command', ['Finished recover at 17-MAY-31'], 150_000],
    ['never ends', [], 0],
  ])('are as many as their log says, however many: the restore %s', (_, end, recovered) => {
    const lines = [
      'Starting recover at 17-MAY-31',
      'channel c1: starting incremental datafile backup set restore',
      'channel c1: specifying datafile copies to recover',
      ...Array.from(
        { length: 150_000 },
        (_, at) => `recovering datafile copy file number=${at} name=/b/${at}`,
      ),
      ...end,
    ];

    expect(parseRmanLog(lines.join('\n')).map.recoveredCopies ?? []).toHaveLength(recovered);
  });

  it('are recovered once their restore is complete', () => {
    const lines = [
      'Starting recover at 17-MAY-31',
      'channel c1: starting incremental datafile backup set restore',
      'channel c1: specifying datafile copies to recover',
      'recovering datafile copy file number=00003 name=/b/copy3',
      'channel c1: piece handle=/b/inc tag=T',
    ];

    expect(parseRmanLog(lines.join('\n')).map.recoveredCopies).toBeUndefined();
    expect(
      parseRmanLog([...lines, 'channel c1: restore complete, elapsed time: 00:00:01'].join('\n')).map
        .recoveredCopies,
    ).toEqual([{ file: 3, name: '/b/copy3' }]);
  });
});

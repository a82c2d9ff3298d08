import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';

/** The log of one session: two sets on one channel, logs, an autobackup; all its files lie in a folder of the database's name. */
const session = (name: string, dbid: number): string[] => {
  const handle = (piece: string) => `/mnt/${name}/${piece}`;
  const set = (kind: string, input: string, piece: string) => [
    `channel ORA_DISK_1: starting ${kind} backup set`,
    input,
    'channel ORA_DISK_1: starting piece 1 at 2031-05-17 01:00:02',
    'channel ORA_DISK_1: finished piece 1 at 2031-05-17 01:00:03',
    `piece handle=${handle(piece)} tag=NIGHT comment=NONE`,
    'channel ORA_DISK_1: backup set complete, elapsed time: 00:00:01',
  ];
  return [
    'Recovery Manager: Release 19.0.0.0.0 - Production on Sat May 17 01:00:00 2031',
    `connected to target database: ${name} (DBID=${dbid})`,
    'allocated channel: ORA_DISK_1',
    'Starting backup at 2031-05-17 01:00:01',
    ...set('full datafile', `input datafile file number=00001 name=/data/${name}/system.dbf`, 'df1'),
    ...set('full datafile', `input datafile file number=00002 name=/data/${name}/users.dbf`, 'df2'),
    'Finished backup at 2031-05-17 01:00:09',
    'Starting backup at 2031-05-17 01:00:10',
    ...set('archived log', 'input archived log thread=1 sequence=7 RECID=7 STAMP=1245751741', 'arc'),
    'Finished backup at 2031-05-17 01:00:12',
    'Starting Control File and SPFILE Autobackup at 2031-05-17 01:00:13',
    `piece handle=${handle(`c-${dbid}-20310517-00`)} comment=NONE`,
    'Finished Control File and SPFILE Autobackup at 2031-05-17 01:00:14',
    '',
    'Recovery Manager complete.',
  ];
};

const lager = session('LAGER', 3141592653);
const kasse = session('KASSE', 2718281828);
const folders: Readonly<Record<string, string>> = { 3141592653: '/LAGER/', 2718281828: '/KASSE/' };

/** What a log says of the database of a run, where it says one: every name that lies in the folder of another one. */
const astray = (log: readonly string[]): string[] => {
  const { map, facts } = parseRmanLog(`${log.join('\n')}\n`);
  const folderAt = (line: number) =>
    folders[
      facts.runs.find(({ firstLine, lastLine }) => firstLine <= line && line <= lastLine)?.dbid ?? ''
    ] ?? '';
  const sets = map.backupSets.flatMap(({ pieces, datafiles = [] }, index) => {
    const names = [...pieces.map(({ handle }) => handle), ...datafiles.map(({ name }) => name)];
    const folder = folderAt(facts.sources.backupSets[index]?.announced ?? 0);
    // Pieces and datafiles are of one database, whether its name is known or not.
    return names.filter((name) => !name.includes(folder) || name.split('/')[2] !== names[0]?.split('/')[2]);
  });
  const autobackups = map.autobackups.filter(
    ({ handle }, index) => !handle.includes(folderAt(facts.sources.autobackups[index] ?? 0)),
  );
  return [...sets, ...autobackups.map(({ handle }) => handle)];
};

describe('two sessions in one log', () => {
  it('are told apart when they follow each other, with or without banners', () => {
    for (const second of [kasse, kasse.slice(1)]) {
      const { map, facts } = parseRmanLog([...lager, ...second].join('\n'));

      expect(facts.runs.map(({ dbid }) => dbid)).toEqual(['3141592653', '2718281828']);
      expect(map.backupSets).toHaveLength(6);
      expect(astray([...lager, ...second])).toEqual([]);
    }
  });

  it('are told apart by their connect lines alone', () => {
    const log = [...lager.slice(1, -2), ...kasse.slice(1, -2)];

    expect(parseRmanLog(log.join('\n')).facts.runs.map(({ dbid }) => dbid)).toEqual([
      '3141592653',
      '2718281828',
    ]);
    expect(astray(log)).toEqual([]);
  });

  it('never lend each other a file when one runs inside of the other', () => {
    for (let at = 0; at <= lager.length; at += 1) {
      const log = [...lager.slice(0, at), ...kasse, ...lager.slice(at)];

      expect([at, astray(log)]).toEqual([at, []]);
    }
  });

  it('say so where the outer one goes on', () => {
    const log = [...lager.slice(0, 3), ...kasse, 'host command complete', ...lager.slice(3)];

    const { map, facts } = parseRmanLog(log.join('\n'));

    expect(facts.runs.map(({ dbid }) => dbid)).toEqual(['3141592653', '2718281828', '3141592653']);
    expect(map.note).toContain('RMAN goes on behind its end');
    expect(astray(log)).toEqual([]);
  });

  it('never lend each other a file when both write at the same time', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 }), (lengths) => {
        const log: string[] = [];
        const rest = [[...lager], [...kasse]];
        for (let turn = 0; rest.some((lines) => lines.length > 0); turn += 1)
          log.push(...(rest[turn % 2]?.splice(0, lengths[turn % lengths.length]) ?? []));

        expect(astray(log)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('are known when the first was killed and the second appended', () => {
    const log = [...lager.slice(0, 9), ...kasse];

    const { map, facts } = parseRmanLog(log.join('\n'));

    expect(facts.runs.map(({ dbid }) => dbid)).toEqual(['3141592653', '2718281828']);
    expect(map.backupSets).toHaveLength(3);
    expect(map.status).toBe('completed');
  });
});

describe('a session', () => {
  it.each([
    ['恢复管理器: Release 12.2.0.1.0 - Production on 星期五 5月 16 01:00:00 2031', '12.2.0.1.0'],
    ['Recovery Manager : Release 12.1.0.2.0 - Production on Vie May 16 01:00:00 2031', '12.1.0.2.0'],
    ['Recovery Manager: Release 9.2.0.8.0 - Production', '9.2.0.8.0'],
  ])('has its version by its banner: %s', (banner, version) => {
    const { map } = parseRmanLog(`${banner}\nconnected to target database: LAGER (DBID=3141592653)\n`);

    expect(map.databases).toEqual([{ name: 'LAGER', dbid: '3141592653', version }]);
  });

  it.each([
    ['/b/c-3141592653-20310517-00', '3141592653'],
    ['/b/LAGER_ctl_c-3141592653-20310517-0a.bkp', '3141592653'],
    ['D:\\B\\CFC-3141592653-20310517-04', '3141592653'],
    ['/b/c-3141592653-20311317-00', undefined],
    ['/b/c-3141592653-20310517-00/control', undefined],
  ])('has its DBID by the name of an autobackup: %s', (handle, dbid) => {
    const { map } = parseRmanLog(
      [
        'Starting Control File and SPFILE Autobackup at 17-MAY-31',
        `piece handle=${handle} comment=NONE`,
        'Finished Control File and SPFILE Autobackup at 17-MAY-31',
        '',
      ].join('\n'),
    );

    expect(map.databases.map((database) => database.dbid)).toEqual(dbid === undefined ? [] : [dbid]);
  });
});

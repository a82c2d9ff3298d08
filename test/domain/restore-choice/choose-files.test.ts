import { describe, expect, it } from 'vitest';
import type { FileMap } from '../../../shared/domain/file-map/file-map.ts';
import type { Instant } from '../../../shared/domain/instant.ts';
import { chooseFiles } from '../../../shared/domain/restore-choice/choose-files.ts';
import type {
  ChoiceTarget,
  DatabaseScope,
  RestoreChoice,
} from '../../../shared/domain/restore-choice/scope.ts';
import { file, nextMap } from '../file-map/line.ts';
import { dbid, filesOfNight, type Night, nightLog } from '../recoverability/session.ts';
import { checkChoices, newChoiceTally } from './check-choice.ts';

// 20,000 of these are in restore-choice.prove.ts.
it('chooses files that are enough to restore a model database, whole, to a time, or a datafile alone, and none that can be left out', async () => {
  const tally = newChoiceTally();

  for (let seed = 1; seed <= 40; seed++) await checkChoices(seed, tally);

  expect(tally.complete).toBeGreaterThan(60);
  expect(tally.times).toBeGreaterThan(200);
  expect(tally.parts).toBeGreaterThan(100);
  expect(tally.leftOut).toBeGreaterThan(2_000);
  // A log that ended before the first block was read, where nobody can tell that it did.
  expect(tally.spare / tally.leftOut).toBeLessThan(0.01);
}, 60_000);

const level0: Night = { day: '2026-03-01', recid: 0 };
const level1: Night = {
  ...{ day: '2026-03-02', level: 1, before: [[1, 122]], after: [[1, 123]] },
  typed: 'backup incremental level 1 database plus archivelog;',
};

/** The map of the last of some nights; `without` these files. */
async function mapOf(nights: readonly Night[], { without = [] as string[], extra = [] as string[] } = {}) {
  let map: FileMap | undefined;
  const paths: string[] = [];
  for (const [index, night] of nights.entries()) {
    paths.push(...filesOfNight(night));
    const isLast = index === nights.length - 1;
    const here = isLast ? [...paths.filter((path) => !without.includes(path)), ...extra] : paths;
    map = await nextMap(
      map,
      here.map((path) => file(path)),
      [nightLog(night)],
    );
  }
  if (map === undefined) throw new Error('no nights');
  return map;
}

function choose(
  map: FileMap,
  scope: DatabaseScope,
  target: ChoiceTarget = {},
  database?: string,
): RestoreChoice {
  const choice = chooseFiles(map, { scope, target, database });
  if (choice.outcome === 'refused') throw new Error(`${choice.code}: ${choice.text}`);
  return choice;
}
const pathsOf = ({ files }: RestoreChoice) => files.map(({ path }) => path).sort();
const whole = { kind: 'database' } as const;
const at = (time: string) => ({ time: `2026-${time}.000Z` as Instant, offsetMinutes: 0 });

describe('a database', () => {
  it('is restored from its level 0, the level 1 behind it, the redo since and the control file of that run', async () => {
    const choice = choose(await mapOf([level0, level1]), whole);

    expect(choice).toMatchObject({ outcome: 'complete', dbid, through: [{ thread: 1, sequence: 123 }] });
    expect(pathsOf(choice)).toEqual([
      'arc-after-2026-03-02',
      'cf-2026-03-02',
      'df1-2026-03-01',
      'df1-2026-03-02',
      'df2-2026-03-01',
      'df2-2026-03-02',
    ]);
    expect(choice.files.find(({ path }) => path === 'cf-2026-03-02')).toMatchObject({
      role: 'control-file',
      sizeBytes: 8192,
    });
  });

  it('is restored to a time from the newest backup before it, with the redo up to it and no further', async () => {
    const choice = choose(await mapOf([level0, level1]), whole, at('03-02T12:00:00'));

    expect(choice.outcome).toBe('complete');
    expect(pathsOf(choice)).toEqual([
      'arc-after-2026-03-01',
      'arc-before-2026-03-02',
      'cf-2026-03-01',
      'cf-2026-03-02',
      'df1-2026-03-01',
      'df2-2026-03-01',
    ]);
    // The newest SPFILE: the script that restores parameters names that one.
    expect(choice.files.find(({ path }) => path === 'cf-2026-03-02')?.role).toBe('spfile');
  });

  it('is not promised a time whose zone is not known, and all is chosen that it can need', async () => {
    const { time } = at('03-02T12:00:00');

    const choice = choose(await mapOf([level0, level1]), whole, { time });

    expect(choice).toMatchObject({ outcome: 'unknown', text: expect.stringMatching(/offset from UTC/) });
    expect(pathsOf(choice)).toContain('arc-after-2026-03-02');
    expect(pathsOf(choice)).toContain('cf-2026-03-01');
  });

  it('cannot be brought to a time before its first backup', async () => {
    const choice = choose(await mapOf([level0]), whole, at('02-20T12:00:00'));

    expect(choice).toMatchObject({ outcome: 'incomplete', text: expect.stringMatching(/cannot go back/) });
  });

  it('is given every backup for an SCN, for no log says where one lies', async () => {
    const choice = choose(await mapOf([level0, level1]), whole, { scn: '123456' });

    expect(choice).toMatchObject({ outcome: 'unknown', text: expect.stringMatching(/SCN 123456/) });
    expect(pathsOf(choice)).toHaveLength(9);
  });

  it('does without an incremental that is gone, by the redo since the backup before it', async () => {
    const choice = choose(await mapOf([level0, level1], { without: ['df2-2026-03-02'] }), whole);

    expect(choice.outcome).toBe('complete');
    expect(pathsOf(choice)).toEqual([
      'arc-after-2026-03-01',
      'arc-after-2026-03-02',
      'arc-before-2026-03-02',
      'cf-2026-03-02',
      'df1-2026-03-01',
      'df1-2026-03-02',
      'df2-2026-03-01',
    ]);
  });

  it('needs the whole point where files that no log names may belong to it', async () => {
    const unproven: Night = { ...level0, typed: '' };

    const choice = choose(await mapOf([unproven], { extra: ['something'] }), whole);

    expect(choice).toMatchObject({ outcome: 'unknown', needsWholePoint: true });
    expect(choose(await mapOf([unproven]), whole)).not.toHaveProperty('needsWholePoint');
  });

  it('goes back to an earlier backup where the newest cannot be used for certain, and says what that lacks', async () => {
    const choice = choose(await mapOf([level0, level1], { without: ['cf-2026-03-02'] }), whole);

    expect(choice).toMatchObject({ outcome: 'complete', text: expect.stringMatching(/an earlier one is/) });
    expect(pathsOf(choice)).toContain('cf-2026-03-01');
    expect(choice.reasons).toContainEqual(
      expect.objectContaining({ code: 'CONTROL_FILE_OF_OTHER_RUN', effect: 'note' }),
    );
    expect(choice.missing).toContainEqual({
      ...{ what: 'cf-2026-03-02', reason: 'in-no-snapshot', neededFor: 'the control file' },
    });
  });

  it('takes its SPFILE and password file along, and those of no other', async () => {
    const extra = ['orapwLEDGER', 'orapwOTHER'];
    const map = await mapOf([level0], { extra });
    const [own] = map.databases;
    if (own === undefined) throw new Error('no database');
    const two = { ...map, databases: [own, { ...own, dbid: '99', name: 'OTHER' }] };

    const choice = choose(two, whole, {}, 'ledger');

    expect(choice.files.filter(({ role }) => role === 'password-file')).toEqual([
      { path: 'orapwLEDGER', role: 'password-file', sizeBytes: 8192 },
    ]);
    expect(choice.missing).toEqual([]);
  });

  it('takes a log that lies in two sets from one of them', async () => {
    const again: Night = {
      ...level1,
      before: [
        [1, 121],
        [1, 122],
      ],
      recid: 0,
    };
    const map = await mapOf([level0, again]);
    const choice = choose(map, whole, at('03-02T12:00:00'));

    // The set of the next day has both logs.
    expect(choice.files.filter(({ role }) => role === 'archived-logs').map(({ path }) => path)).toEqual(
      choice.outcome === 'complete' ? ['arc-before-2026-03-02'] : expect.anything(),
    );
  });

  it.each([
    ['its DBID', dbid, undefined],
    ['its name in any case', 'Ledger', undefined],
    ['no name, as the only one', undefined, undefined],
    ['the name of another', 'SALES', 'RESTORE_SCOPE_UNKNOWN'],
  ])('is found by %s', async (_, database, code) => {
    const map = await mapOf([level0]);

    const choice = chooseFiles(map, { scope: whole, target: {}, database });

    expect(choice).toMatchObject(code === undefined ? { outcome: 'complete' } : { outcome: 'refused', code });
  });

  it('has to be named where the point has two', async () => {
    const map = await mapOf([level0]);
    const [own] = map.databases;
    if (own === undefined) throw new Error('no database');

    const choice = chooseFiles(
      { ...map, databases: [own, { ...own, dbid: '99' }] },
      { scope: whole, target: {} },
    );

    expect(choice).toMatchObject({ outcome: 'refused', code: 'RESTORE_SCOPE_AMBIGUOUS' });
  });
});

describe('what is missing', () => {
  it.each([
    ['was in the snapshot before', '/mnt/ledger/df2-2026-03-01', 'deleted'],
    ['never was in one', 'arc-after-2026-03-02', 'in-no-snapshot'],
  ])('is named with its reason: it %s', async (_, path, reason) => {
    const nights = reason === 'deleted' ? [level0, level1] : [{ ...level0, ...{ day: '2026-03-02' } }];

    const choice = choose(await mapOf(nights, { without: [path.replace('/mnt/ledger/', '')] }), whole);

    expect(choice.outcome).not.toBe('complete');
    expect(choice.missing).toContainEqual(expect.objectContaining({ what: path, reason }));
  });

  it('is told from what lies elsewhere and from what is damaged', async () => {
    const log = nightLog(level0).replace('/mnt/ledger/df1-', '+DATA/df1-');
    const entries = filesOfNight(level0).map((path) => file(path, 'a', path.startsWith('df2') ? 100 : 8192));
    const map = await nextMap(undefined, entries, [log]);

    const { outcome, missing } = choose(map, whole);

    expect(outcome).not.toBe('complete');
    expect(missing).toEqual([
      { what: '+DATA/df1-2026-03-01', reason: 'not-on-this-mount', neededFor: 'datafile 1' },
      { what: 'df2-2026-03-01', reason: 'damaged', neededFor: 'datafile 2' },
    ]);
  });

  it('is a log that no log of RMAN shows', async () => {
    const late: Night = { ...level0, after: [[1, 123]] };

    const { missing } = choose(await mapOf([late]), whole);

    const neededFor = 'archived log thread 1 sequence 121';
    expect(missing).toContainEqual({ what: neededFor, reason: 'in-no-log', neededFor });
  });
});

const schema = (...rows: readonly string[]) => [
  'Report of database schema for database with db_unique_name LEDGER',
  '',
  'List of Permanent Datafiles',
  '===========================',
  'File Size(MB) Tablespace           RB segs Datafile Name',
  '---- -------- -------------------- ------- ------------------------',
  ...rows,
  '',
  'List of Temporary Files',
  '=======================',
  'File Size(MB) Tablespace           Maxsize(MB) Tempfile Name',
  '---- -------- -------------------- ----------- --------------------',
  '1    20       TEMP                 32767       /u02/ledger/temp01.dbf',
  '',
];
const row = (number: number, tablespace: string, name = `/u02/ledger/df${number}.dbf`) =>
  `${number}    100      ${tablespace.padEnd(20)} ***     ${name}`;
const cdb: Night = {
  ...level0,
  files: [1, 2, 3, 4],
  typed: '',
  lines: schema(row(1, 'SYSTEM'), row(2, 'UNDOTBS1'), row(3, 'PDB1:SYSTEM'), row(4, 'PDB1:USERS')),
};
const datafilesOf = (choice: RestoreChoice) =>
  choice.files
    .filter(({ role }) => role === 'datafile-backup')
    .map(({ path }) => Number(/^df(\d+)/.exec(path)?.[1]));

describe('a part of a database', () => {
  it.each<[string, DatabaseScope, number[]]>([
    ['a container', { kind: 'container', container: 'pdb1' }, [3, 4]],
    ['a tablespace of a container', { kind: 'tablespace', tablespace: 'PDB1:users' }, [4]],
    ['a tablespace of the root', { kind: 'tablespace', tablespace: 'SYSTEM' }, [1]],
    ['a datafile by number', { kind: 'datafile', datafile: 2 }, [2]],
    ['a datafile by name', { kind: 'datafile', datafile: 'df4.dbf' }, [4]],
    ['a datafile by its whole name', { kind: 'datafile', datafile: '/u02/ledger/df1.dbf' }, [1]],
  ])('is restored from its own backups and the redo: %s', async (_, scope, numbers) => {
    const choice = choose(await mapOf([cdb]), scope);

    expect(choice.outcome).toBe('complete');
    expect(datafilesOf(choice)).toEqual(numbers);
    expect(pathsOf(choice)).toContain('arc-after-2026-03-01');
  });

  it('takes the root along where a container is brought to an earlier time', async () => {
    const later: Night = { ...level1, files: [1, 2, 3, 4] };
    const scope = { kind: 'container', container: 'PDB1' } as const;

    const choice = choose(await mapOf([cdb, later]), scope, at('03-02T12:00:00'));

    expect(choice).toMatchObject({ outcome: 'complete', text: expect.stringMatching(/files of the root/) });
    expect(datafilesOf(choice).sort()).toEqual([1, 2, 3, 4]);
  });

  it.each<[string, DatabaseScope, string]>([
    ['an unknown container', { kind: 'container', container: 'PDB2' }, 'RESTORE_SCOPE_UNKNOWN: .*PDB1'],
    ['an unknown tablespace', { kind: 'tablespace', tablespace: 'IDX' }, 'RESTORE_SCOPE_UNKNOWN: .*UNDOTBS1'],
    [
      'a tablespace without its container',
      { kind: 'tablespace', tablespace: 'USERS' },
      'AMBIGUOUS: .*PDB1:USERS',
    ],
    ['an unknown datafile', { kind: 'datafile', datafile: 9 }, 'RESTORE_SCOPE_UNKNOWN: .*1, 2, 3, 4'],
    ['an unknown set', { kind: 'backup-set', set: 'df9' }, 'RESTORE_SCOPE_UNKNOWN: .*NIGHT'],
    ['a key that no log lists', { kind: 'backup-set', set: 7 }, 'RESTORE_SCOPE_UNKNOWN: .*LIST BACKUP'],
  ])('is refused by name: %s', async (_, scope, message) => {
    const map = await mapOf([cdb]);

    expect(() => choose(map, scope)).toThrow(new RegExp(message));
  });

  it('cannot go to another time than its database', async () => {
    const map = await mapOf([cdb]);
    const scope = { kind: 'tablespace', tablespace: 'SYSTEM' } as const;

    expect(() => choose(map, scope, at('03-01T23:00:00'))).toThrow(/RESTORE_SCOPE_UNSUPPORTED/);
  });

  it('is not guessed where no log reports the schema, or a datafile came since', async () => {
    const scope = { kind: 'tablespace', tablespace: 'USERS' } as const;
    const renamed: Night = { ...cdb, day: '2026-03-02', lines: [], files: [1, 2, 3, 4, 5] };

    for (const map of [await mapOf([level0]), await mapOf([cdb, renamed])]) {
      const choice = choose(map, scope);
      expect(choice).toMatchObject({ outcome: 'unknown', text: expect.stringMatching(/REPORT SCHEMA/) });
      expect(pathsOf(choice)).toEqual(pathsOf(choose(map, whole)));
    }
  });
});

describe('a backup set', () => {
  it.each([
    ['a piece', 'df2-2026-03-01', ['df2-2026-03-01']],
    ['a piece with its folder', '/mnt/ledger/df1-2026-03-01', ['df1-2026-03-01']],
    [
      'its tag',
      'night',
      ['arc-after-2026-03-01', 'arc-before-2026-03-01', 'df1-2026-03-01', 'df2-2026-03-01'],
    ],
  ])('is found by %s', async (_, set, paths) => {
    const choice = choose(await mapOf([level0]), { kind: 'backup-set', set });

    expect(choice.outcome).toBe('complete');
    expect(pathsOf(choice)).toEqual(paths);
  });

  it('is found by its key, where the same log lists it', async () => {
    const list = [
      'List of Backup Sets',
      '===================',
      '',
      'BS Key  Type LV Size       Device Type Elapsed Time Completion Time    ',
      '------- ---- -- ---------- ----------- ------------ -------------------',
      '41      Incr 0  12.50M     DISK        00:00:07     2026-03-01 22:00:00',
      '        BP Key: 51   Status: AVAILABLE  Compressed: NO  Tag: NIGHT',
      '        Piece Name: /mnt/ledger/df2-2026-03-01',
      '  List of Datafiles in backup set 41',
      '  File LV Type Ckp SCN    Ckp Time            Abs Fuz SCN Sparse Name',
      '  ---- -- ---- ---------- ------------------- ----------- ------ ----',
      '  2    0  Incr 900719     2026-03-01 22:00:00              NO    /u02/ledger/df2.dbf',
      '',
      'Recovery Manager complete.',
    ].join('\n');
    const log = nightLog(level0).replace('Recovery Manager complete.', list);
    const entries = filesOfNight(level0).map((path) => file(path));
    const map = await nextMap(undefined, entries, [log]);

    for (const set of [41, '41']) {
      expect(pathsOf(choose(map, { kind: 'backup-set', set }))).toEqual(['df2-2026-03-01']);
    }
  });

  it('is incomplete without one of its pieces', async () => {
    const path = 'df2-2026-03-01';
    const choice = choose(await mapOf([level0], { without: [path] }), { kind: 'backup-set', set: path });

    expect(choice).toMatchObject({
      outcome: 'incomplete',
      missing: [{ what: path, reason: 'in-no-snapshot' }],
    });
  });
});

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseCommands } from '../../../local/fake-rman/commands.ts';
import type { FileMap } from '../../../shared/domain/file-map/file-map.ts';
import type { JudgedWindow } from '../../../shared/domain/recoverability/judgement.ts';
import { makeJudgement } from '../../../shared/domain/recoverability/make-judgement.ts';
import { makeRestoreScripts } from '../../../shared/domain/rman-scripts/make-scripts.ts';
import type { RestoreScripts, ScriptOrder } from '../../../shared/domain/rman-scripts/script-order.ts';
import { file, nextMap } from '../file-map/line.ts';
import { filesOfNight, type Night, nightLog } from '../recoverability/session.ts';

const stagedAt = '/restore/job 12';
const night: Night = { day: '2026-01-30' };

interface Site {
  readonly nights?: readonly Night[];
  readonly without?: readonly string[];
  readonly platform?: 'linux' | 'windows';
  readonly mountpoint?: string;
  readonly version?: string;
  readonly more?: readonly string[];
  /** Of the control file's backup. */
  readonly controlFile?: string;
}

async function mapOf({
  nights = [night],
  without = [],
  platform = 'linux',
  mountpoint = '/mnt/ledger',
  version = '19.0.0.0.0',
  more = [],
  controlFile,
}: Site): Promise<FileMap> {
  let map: FileMap | undefined;
  const paths: string[] = [...more];
  for (const each of nights) {
    const renamed = (text: string) => text.replace(`cf-${each.day}`, controlFile ?? `cf-${each.day}`);
    paths.push(...filesOfNight(each).map(renamed));
    const log = renamed(nightLog({ folder: mountpoint, ...each }));
    const text = log.replace('Release 19.0.0.0.0', `Release ${version}`);
    const entries = paths.filter((path) => !without.includes(path)).map((path) => file(path, path));
    map = await nextMap(map, entries, [{ text, platform, mountpoint }]);
  }
  if (map === undefined) throw new Error('no night');
  return map;
}

function scriptsOf(
  map: FileMap,
  order: Partial<ScriptOrder> = {},
  windows?: readonly JudgedWindow[],
): RestoreScripts {
  const [database] = map.databases;
  const [judged] = makeJudgement(map, undefined).judgement.databases;
  if (database === undefined || judged === undefined) throw new Error('no database');
  const verdict = windows === undefined ? judged : { ...judged, windows };
  return makeRestoreScripts({ map, database, verdict }, { aim: { kind: 'sets' }, stagedAt, ...order });
}

const textOf = ({ files }: RestoreScripts, name = 'restore.rman'): string =>
  files.find((each) => each.name === name)?.text ?? '';
const commandsIn = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.trim());
const codesOf = ({ refusals }: RestoreScripts): string[] => refusals.map(({ code }) => code);

let map: FileMap;
beforeAll(async () => {
  map = await mapOf({});
});

describe('the scripts for a whole database', () => {
  it('name the DBID, the control file of the run, the staged folder and the log before which recovery ends (E11)', () => {
    const scripts = scriptsOf(map);

    expect(scripts.outcome).toBe('ready');
    expect(commandsIn(textOf(scripts))).toEqual([
      'set dbid 1234567890;',
      'startup nomount;',
      "restore controlfile from '/restore/job 12/cf-2026-01-30';",
      'alter database mount;',
      "catalog start with '/restore/job 12/' noprompt;",
      'crosscheck backup device type disk;',
      'crosscheck copy;',
      'run {',
      'allocate channel d1 device type disk;',
      'allocate channel d2 device type disk;',
      'set until sequence 122 thread 1;',
      'restore database;',
      'recover database;',
      '}',
      'alter database open resetlogs;',
    ]);
  });

  it('say first what the point lacks, and how parameter file, oratab, listener and password file come back (E5, E7, S49)', async () => {
    const [without, withFile] = [scriptsOf(map), scriptsOf(await mapOf({ more: ['orapwLEDGER'] }))];

    const readme = textOf(without, 'README.txt');
    expect(readme.indexOf('THE POINT DOES NOT HAVE')).toBeLessThan(readme.indexOf('CHECK BEFORE'));
    expect(without.missing.join('\n')).toMatch(/password file.*orapwd[\s\S]*keystore \(wallet\)/);
    expect(textOf(without)).toMatch(/^# THE POINT DOES NOT HAVE:\n# - the password file/m);
    expect(readme).toMatch(/oratab: LEDGER:\$ORACLE_HOME:N/);
    expect(readme).toMatch(/orapwd file=\$ORACLE_HOME\/dbs\/orapwLEDGER/);
    expect(readme).toContain('alter system register');
    expect(textOf(withFile, 'README.txt')).toContain('copy /restore/job 12/orapwLEDGER to');
    expect(commandsIn(textOf(without, 'parameter-file.rman'))).toEqual([
      'set dbid 1234567890;',
      'startup force nomount;',
      "restore spfile from '/restore/job 12/cf-2026-01-30';",
      'shutdown abort;',
    ]);
  });

  it('have the paths of Windows where the log came from there (E5)', async () => {
    const windows = await mapOf({
      platform: 'windows',
      mountpoint: 'E:\\ledger',
      nights: [{ ...night, folder: 'E:\\ledger' }],
    });

    const wrong = scriptsOf(windows);
    const scripts = scriptsOf(windows, { stagedAt: '\\\\store\\restores\\12\\' });

    expect(codesOf(wrong)).toEqual(['STAGED_FOLDER_UNFIT']);
    expect(commandsIn(textOf(scripts))).toContain(
      "restore controlfile from '\\\\store\\restores\\12\\cf-2026-01-30';",
    );
    expect(commandsIn(textOf(scripts))).toContain("catalog start with '\\\\store\\restores\\12\\' noprompt;");
    expect(textOf(scripts, 'README.txt')).toMatch(
      /%ORACLE_HOME%\\database\\PWDLEDGER\.ora[\s\S]*oradim -new -sid LEDGER/,
    );
  });

  it('recover nothing that a closed backup does not need', () => {
    const closed = {
      base: baseOf(map),
      datafiles: 2,
      through: [],
      isConsistent: true,
      fileCount: 0,
      files: [],
    } as const;

    const scripts = scriptsOf(map, {}, [closed]);

    expect(commandsIn(textOf(scripts))).toContain('recover database noredo;');
    expect(textOf(scripts)).not.toContain('set until');
  });
});

const baseOf = ({ databases }: FileMap) => {
  const base = databases[0]?.history?.[0]?.source;
  if (base === undefined) throw new Error('no run');
  return base;
};

describe('where recovery ends', () => {
  const window = (from: string, to: string, through = [{ thread: 1, sequence: 121 }]): JudgedWindow => ({
    ...{ base: baseOf(map), datafiles: 2, through, fileCount: 0, files: [] },
    ...{ from: `2026-01-${from}`, to: `2026-01-${to}` },
  });
  const two = [
    { thread: 1, sequence: 121 },
    { thread: 2, sequence: 88 },
  ];
  const time = (text: string) => ({ by: 'time' as const, local: `2026-01-${text}` });
  const untilTime = (text: string) => `set until time "to_date('2026-01-${text}', 'YYYY-MM-DD HH24:MI:SS')";`;

  it.each([
    [
      'no end',
      () => [window('30T22:10:01', '31T22:11:00')],
      undefined,
      'set until sequence 122 thread 1;',
      [],
    ],
    [
      'a moment within',
      () => [window('30T22:10:01', '31T22:11:00')],
      time('31T03:00:00'),
      untilTime('31 03:00:00'),
      [],
    ],
    [
      'a moment after the last log',
      () => [window('30T22:10:01', '31T22:11:00')],
      time('31T22:11:01'),
      undefined,
      ['TARGET_UNCERTAIN'],
    ],
    [
      'a moment before the first backup',
      () => [window('30T22:10:01', '31T22:11:00')],
      time('30T22:10:00'),
      undefined,
      ['TARGET_NOT_REACHED'],
    ],
    [
      'a moment in a gap between two spans',
      () => [window('28T22:10:01', '29T01:00:00'), window('30T22:10:01', '31T22:11:00')],
      time('30T03:00:00'),
      undefined,
      ['TARGET_UNCERTAIN'],
    ],
    [
      'the last log',
      () => [window('30T22:10:01', '31T22:11:00')],
      { by: 'sequence', thread: 1, sequence: 122 } as const,
      'set until sequence 122 thread 1;',
      [],
    ],
    [
      'a log that is not there',
      () => [window('30T22:10:01', '31T22:11:00')],
      { by: 'sequence', thread: 1, sequence: 123 } as const,
      undefined,
      ['TARGET_NOT_REACHED'],
    ],
    [
      'a thread that is not there',
      () => [window('30T22:10:01', '31T22:11:00')],
      { by: 'sequence', thread: 2, sequence: 5 } as const,
      undefined,
      ['TARGET_NOT_REACHED'],
    ],
    [
      'an SCN',
      () => [window('30T22:10:01', '31T22:11:00')],
      { by: 'scn', scn: 4711 } as const,
      undefined,
      ['TARGET_UNCERTAIN'],
    ],
    [
      'two threads',
      () => [window('30T22:10:01', '31T22:11:00', two)],
      undefined,
      untilTime('31 22:11:00'),
      [],
    ],
    [
      'two threads without a certain time',
      () => [window('31T22:10:01', '30T22:11:00', two)],
      undefined,
      undefined,
      ['TARGET_UNCERTAIN'],
    ],
  ] as const)('is certain or refused: %s (S49)', (_, windows, end, until, codes) => {
    const order = end === undefined ? {} : { end };
    const scripts = scriptsOf(map, order, windows());

    expect(codesOf(scripts)).toEqual(codes);
    expect(scripts.outcome).toBe(codes.length > 0 ? 'refused' : 'ready');
    expect(commandsIn(textOf(scripts)).filter((line) => line.startsWith('set until'))).toEqual(
      until === undefined ? [] : [until],
    );
  });

  it('may be beyond what is certain at the own risk of who asks, which the script says', () => {
    const scripts = scriptsOf(map, { end: { by: 'scn', scn: 4711 }, atOwnRisk: true });

    expect(scripts.outcome).toBe('at-own-risk');
    expect(textOf(scripts)).toMatch(/^# AT YOUR OWN RISK.*\n# TARGET_UNCERTAIN: /m);
    expect(commandsIn(textOf(scripts))).toContain('set until scn 4711;');
  });
});

describe('there is no script', () => {
  it('for a point that cannot be restored, or of which that is not known; only what to read and to do', async () => {
    const [lacking, unknown] = [
      scriptsOf(await mapOf({ without: ['df1-2026-01-30'] })),
      scriptsOf(await mapOf({ nights: [{ ...night, typed: '' }] })),
    ];

    expect([codesOf(lacking), codesOf(unknown)]).toEqual([['NOT_RECOVERABLE'], ['RECOVERABILITY_UNKNOWN']]);
    for (const { files } of [lacking, unknown]) {
      expect(files.map(({ name }) => name)).toEqual(['README.txt']);
      expect(files[0]?.text).toMatch(
        /THERE IS NO SCRIPT, BECAUSE\n- \w+: [\s\S]*for the next backup: BACKUP|REPORT/,
      );
    }
  });

  it('that nothing can override: without a control file, a folder of its own, or a release that knows the commands', async () => {
    const oldMap = await mapOf({ version: '11.2.0.4.0' });
    const noControlFile = await mapOf({ nights: [{ ...night, hasControlFile: false }] });
    const atOwnRisk = true;

    expect(codesOf(scriptsOf(noControlFile, { atOwnRisk }))).toContain('CONTROL_FILE_MISSING');
    expect(codesOf(scriptsOf(oldMap, { atOwnRisk, aim: { kind: 'pdb', pdb: 'SALES' } }))).toEqual([
      'VERSION_TOO_OLD',
    ]);
    expect(codesOf(scriptsOf(map, { atOwnRisk, aim: { kind: 'copies' } }))).toEqual(['COPIES_MISSING']);
    expect(codesOf(scriptsOf(map, { atOwnRisk, aim: { kind: 'datafile', datafile: 7 } }))).toEqual([
      'DATAFILE_UNKNOWN',
    ]);
    for (const live of [
      '/mnt/ledger',
      '/mnt/ledger/',
      '/mnt//ledger',
      '/mnt',
      '/',
      '/mnt/ledger/sub',
      '/mnt/ledger/restores',
    ]) {
      const scripts = scriptsOf(map, { atOwnRisk, stagedAt: live });
      expect(scripts, live).toMatchObject({
        outcome: 'refused',
        refusals: [{ code: 'LIVE_AREA', isFinal: true }],
      });
    }
    expect(scriptsOf(map, { stagedAt: '/mnt/ledger/restores/12' }).outcome).toBe('ready');
    expect(scriptsOf(map, { stagedAt: '/mnt/ledger2' }).outcome).toBe('ready');
  });

  it.each([
    ["/restore/it's", 'a quote'],
    ['/restore/"x"', 'a double quote'],
    ["/restore/x\n';host 'rm';", 'a line break'],
    ['/restore/x\u2028y', 'a line separator'],
    ['/restore/&1', 'what RMAN replaces'],
    ['/restore/?/x', 'what Oracle replaces'],
    ['/restore/%ORACLE_HOME%', 'what Windows replaces'],
    ['/restore/../mnt/ledger', 'the way up'],
    ['restore/x', 'no beginning'],
    ['E:\\restore', 'the form of another platform'],
  ])('for a staged folder like %j: it has %s', (path) => {
    const scripts = scriptsOf(map, { stagedAt: path, atOwnRisk: true });

    expect(scripts).toMatchObject({ outcome: 'refused', refusals: [{ code: 'STAGED_FOLDER_UNFIT' }] });
    expect(scripts.files.map(({ name }) => name)).toEqual(['README.txt']);
  });

  it.each(['A B', 'x;', "x'y", 'x"', '1X', '', 'x#', 'x--', 'users;host', 'a\nb'])(
    'for a tablespace or PDB called %j',
    (name) => {
      for (const aim of [
        { kind: 'tablespace', tablespace: name } as const,
        { kind: 'pdb', pdb: name } as const,
      ]) {
        expect(codesOf(scriptsOf(map, { aim, atOwnRisk: true }))).toEqual(['NAME_UNFIT']);
      }
    },
  );
});

describe('names in a script', () => {
  const kinds: readonly ScriptOrder['aim'][] = [
    { kind: 'sets' },
    { kind: 'new-host', newFolder: '/u02/new' },
    { kind: 'pdb', pdb: 'SALES' },
    { kind: 'tablespace', tablespace: 'USERS' },
    { kind: 'datafile', datafile: 2 },
  ];

  it('never become commands, whatever they are: the folder is refused, or is one string', () => {
    const plain = kinds.map((aim) => kindsOf(textOf(scriptsOf(map, { aim }))));
    const hostile = fc.array(
      fc.constantFrom(
        'a',
        '/',
        ' ',
        ';',
        '#',
        '--',
        '/*',
        '}',
        "'",
        '"',
        '\n',
        '\r',
        '&1',
        '%',
        '?',
        '\\',
        'é',
        '\u0000',
      ),
      { maxLength: 12 },
    );

    fc.assert(
      fc.property(hostile, fc.nat(kinds.length - 1), (parts, index) => {
        const path = `/restore/${parts.join('')}`;
        const aim = kinds[index] ?? { kind: 'sets' };
        const scripts = scriptsOf(map, { aim, stagedAt: path });
        if (scripts.outcome === 'refused') return;
        const text = textOf(scripts);
        expect(kindsOf(text)).toEqual(plain[index]);
        expect(text).toContain(`catalog start with '${path.replace(/\/+$/, '')}/' noprompt;`);
      }),
      { numRuns: 200 },
    );
  });

  it('of files are refused where they could not stand in a command, and quoted where they can', async () => {
    const [quote, backslash, fine] = [
      await mapOf({ controlFile: "cf-it's" }),
      await mapOf({ controlFile: 'cf\\x' }),
      await mapOf({ controlFile: 'cf;_#1_--x' }),
    ];

    expect(codesOf(scriptsOf(quote, { atOwnRisk: true }))).toContain('NAME_UNFIT');
    expect(codesOf(scriptsOf(backslash, { atOwnRisk: true }))).toContain('NAME_UNFIT');
    expect(textOf(scriptsOf(fine))).toContain("from '/restore/job 12/cf;_#1_--x';");
    expect(kindsOf(textOf(scriptsOf(fine)))).toEqual(kindsOf(textOf(scriptsOf(map))));
  });

  const kindsOf = (text: string) =>
    parseCommands(text, 'script').map((command) => {
      if (command.kind === 'run') return command.jobs.map(({ kind }) => kind);
      return command.kind === 'restoreJob' ? command.job.kind : command.kind;
    });
});

it('a database of several datafiles of one name gets a name for each on the new host', async () => {
  const scripts = scriptsOf(map, { aim: { kind: 'new-host', newFolder: '/u02/new' } });

  expect(scripts.files.map(({ name }) => name)).toEqual([
    'README.txt',
    'parameter-file.rman',
    'restore.rman',
    'open.rman',
  ]);
  expect(commandsIn(textOf(scripts))).toContain("startup nomount pfile='/u02/new/initLEDGER.ora';");
  expect(commandsIn(textOf(scripts)).filter((line) => line.startsWith('set newname'))).toEqual([
    "set newname for datafile 1 to '/u02/new/df1.dbf';",
    "set newname for datafile 2 to '/u02/new/df2.dbf';",
  ]);
  expect(textOf(scripts, 'README.txt')).toMatch(/rename file[\s\S]*BACKUP LOCATION/);
});

it('a tablespace that the open database cannot be without is restored while it is mounted', () => {
  const [system, users] = ['SYSTEM', 'USERS'].map((tablespace) =>
    commandsIn(textOf(scriptsOf(map, { aim: { kind: 'tablespace', tablespace } }))),
  );

  expect(system?.slice(0, 2)).toEqual(['shutdown immediate;', 'startup mount;']);
  expect(users).toContain("sql 'alter tablespace USERS offline immediate';");
  expect(
    codesOf(scriptsOf(map, { aim: { kind: 'tablespace', tablespace: 'USERS' }, end: { by: 'scn', scn: 1 } })),
  ).toEqual(['POINT_IN_TIME_UNFIT']);
});

it('a REPORT SCHEMA among the logs says which names there are, and which files belong to SYSTEM or undo', () => {
  const [first] = map.databases;
  if (first === undefined) throw new Error('no database');
  const datafiles = ['SYSTEM', 'UNDOTBS1', 'SALES:USERS'].map((tablespace, index) => ({
    ...{ file: index + 1, name: `/u02/ledger/df${index + 1}.dbf`, tablespace },
  }));
  const known = { ...map, databases: [{ ...first, schema: { source: baseOf(map), datafiles } }] };
  const of = (aim: ScriptOrder['aim']) => scriptsOf(known, { aim });

  expect(of({ kind: 'pdb', pdb: 'sales' }).outcome).toBe('ready');
  expect(codesOf(of({ kind: 'pdb', pdb: 'HR' }))).toEqual(['NAME_UNKNOWN']);
  expect(codesOf(of({ kind: 'tablespace', tablespace: 'USERS' }))).toEqual(['NAME_UNKNOWN']);
  expect(commandsIn(textOf(of({ kind: 'datafile', datafile: 2 })))[0]).toBe('shutdown immediate;');
});

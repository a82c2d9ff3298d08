import { describe, expect, it } from 'vitest';
import { readFileName } from '../../../shared/domain/rman/file-names.ts';
import { parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';
import { decodeStamp } from '../../../shared/domain/rman/stamp.ts';
import { redact } from '../../../shared/domain/rman/text/redact.ts';

describe('decodeStamp', () => {
  it.each([
    [1245751741, '2026-10-04T10:09:01'],
    [823276335, '2013-08-12T15:52:15'],
    [1, '1988-01-01T00:00:01'],
    [86_400 * 31 * 12 - 1, '1988-12-31T23:59:59'],
  ])('reads %i', (stamp, time) => {
    expect(decodeStamp(stamp)).toBe(time);
  });

  it.each([0, -1, 1.5, Number.NaN, 86_400 * 61])('knows no time for %d', (stamp) => {
    expect(decodeStamp(stamp)).toBeUndefined();
  });
});

describe('readFileName', () => {
  it.each([
    [
      '/b/c-3141592653-20310517-0a',
      { kind: 'autobackup', dbid: '3141592653', day: '20310517', number: '0a' },
    ],
    [
      'D:\\B\\C-3141592653-20310517-00',
      { kind: 'autobackup', dbid: '3141592653', day: '20310517', number: '00' },
    ],
    [
      'data_D-LAGER_I-3141592653_TS-MY_TBS_FNO-12_0v3k',
      { kind: 'imagecopy', dbName: 'LAGER', dbid: '3141592653', tablespace: 'MY_TBS', file: 12 },
    ],
    ['/a/2_411_1100200300.dbf', { kind: 'archivedlog', thread: 2, sequence: 411, resetlogsId: '1100200300' }],
    ['/a/o1_mf_1_900_abc123_.arc', { kind: 'archivedlog', thread: 1, sequence: 900 }],
    ['o1_mf_nnnd1_NIGHT_RUN_abc_.bkp', { kind: 'piece', content: 'datafiles', level: 1, tag: 'NIGHT_RUN' }],
    ['o1_mf_nnndf_T_abc_.bkp', { kind: 'piece', content: 'datafiles', tag: 'T' }],
    ['o1_mf_annnn_T_abc_.bkp', { kind: 'piece', content: 'archivelogs', tag: 'T' }],
    ['o1_mf_ncsn0_T_abc_.bkp', { kind: 'piece', content: 'controlfile and spfile', level: 0, tag: 'T' }],
    ['o1_mf_s_1113351585_abc_.bkp', { kind: 'piece', content: 'controlfile and spfile', tag: '' }],
    ['o1_mf_n_831117950_abc_.bkp', { kind: 'piece', content: 'controlfile', tag: '' }],
  ])('knows what Oracle named %s', (path, expected) => {
    expect(readFileName(path)).toEqual(expected);
  });

  it.each(['', 'sicherung.bkp', 'c-12-2031-00', '/b/0v3k_1_1'])('knows nothing of %j', (path) => {
    expect(readFileName(path)).toBeUndefined();
  });
});

describe('redact', () => {
  it.each([
    ['connect target sys/tiger@prod', 'connect target sys/***@prod'],
    ['rman target=sys/tiger', 'rman target=sys/***'],
    ['catalog "rco/cat#1@rcat"', 'catalog "rco/***"'],
    ['connect target "sys/p@ss w"@prod', 'connect target "sys/***"@prod'],
    ['connect target sys/"p@ss w"@prod', 'connect target sys/***@prod'],
    ["rman target='sys/tiger@prod as sysbackup'", "rman target='sys/***'"],
    ['rman target sys/tig,er@prod log=x', 'rman target sys/***@prod log=x'],
    ['rman target sys/"ti\\"ger"@prod', 'rman target sys/***@prod'],
    ['rman target sys/tiger@prod catalog rco/lion@rcat', 'rman target sys/***@prod catalog rco/***@rcat'],
    ["allocate channel c connect 'sys/tiger@i1';", "allocate channel c connect 'sys/***';"],
    ['sqlplus -s system/manager as sysdba', 'sqlplus -s system/*** as sysdba'],
    ["host 'sshpass -p tiger ssh h'", "host 'sshpass -p *** ssh h'"],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer ***'],
    ['orapki -pwd tiger', 'orapki -pwd ***'],
    ['ORA-01017 for scott/tiger@//db:1521/x', 'ORA-01017 for scott/***@//db:1521/x'],
    ['set encryption identified by "open sesame" only', 'set encryption identified by *** only'],
    ['SET DECRYPTION IDENTIFIED BY tiger', 'SET DECRYPTION IDENTIFIED BY ***'],
    ['wallet password tiger', 'wallet password ***'],
    ["ENV=(AWS_SECRET_ACCESS_KEY=abc,OB_TOKEN='t k')", 'ENV=(AWS_SECRET_ACCESS_KEY=***,OB_TOKEN=***)'],
    ['PASSWD: tiger', 'PASSWD: ***'],
    ['https://me:tiger@store/x', 'https://me:***@store/x'],
    ['found "connect target sys/\\"tiger\\"@prod"', 'found "connect target sys/***@prod"'],
    ['"c##bkp"/"tiger"@prod', '"c##bkp"/***@prod'],
    ['set decryption identified by "tiger", lion;', 'set decryption identified by ***;'],
    ['ORACLE_PASS=tiger', 'ORACLE_PASS=***'],
    ['account_key: tiger', 'account_key: ***'],
    ['https://store/x?sv=1&sig=tiger%3D', 'https://store/x?sv=1&sig=***'],
    ['a bearer eyJhbGciOi.x', 'a bearer ***'],
    ['curl -u me:tiger store', 'curl -u me:*** store'],
    ['mkstore -createCredential prod sys tiger', 'mkstore -createCredential prod sys ***'],
  ])('hides the secret of %s', (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it.each([
    '/backup/rman/prod/x@night_1_1',
    '/u01/rmanbkp/orcl/f',
    '+DATA/ORCL/PASSWORD/pwdorcl.256.1',
    '/backup/bypass/sig_1 -u_2.bkp',
    'skipping archived log; already passed 2 time(s)',
    'D:\\BACKUP\\TOKENS\\A_1_1',
    'D:\\night -prod\\A 1_1',
    'DB LEVEL 0 - BASIC COPY',
    "CONFIGURE CHANNEL 1 DEVICE TYPE DISK CONNECT '*';",
    'ORA-01994: GRANT failed: password file missing or disabled',
    'ORA-01017: invalid username/password; logon denied',
    'ORA-28001: the password has expired',
    'API Version 2.0,MMS Version 19.0.0.1',
  ])('leaves %s as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('is done to everything that a parse gives', () => {
    const { map, facts } = parseRmanLog(
      [
        'Starting backup at 1',
        'RMAN-00571: ===',
        'RMAN-00569: === ERROR MESSAGE STACK FOLLOWS ===',
        'RMAN-00571: ===',
        'RMAN-03002: failure of backup command at 05/17/2031 01:02:03',
        'ORA-19511: sbt: login as joe/Sw0rdfish@vault failed, password=Sw0rdfish',
        '',
        'Starting backup at 1',
        'channel c1: starting full datafile backup set',
        'input datafile file number=00001 name=/d/1 token=Sw0rdfish',
        'channel c1: starting piece 1 at 1',
        'channel c1: finished piece 1 at 1',
        'piece handle=x password=Sw0rdfish tag=T comment=token: Sw0rdfish',
        'channel c1: backup set complete, elapsed time: 00:00:01',
        'Finished backup at 1',
      ].join('\n'),
    );

    expect(map.errors[1]?.text).toBe('sbt: login as joe/***@vault failed, password=***');
    expect(map.backupSets).toHaveLength(1);
    expect(JSON.stringify([map, facts])).not.toContain('Sw0rdfish');
  });
});

describe('a log in a language that no table knows', () => {
  const log = [
    'Mastro: ligita al datumbazo LAGER (DBID=3141592653)',
    'kanalo k1: SID=5 aparato=DISK',
    'backup komencas je 17-MAY-31',
    'kanalo k1: komencante pliigan nivelon 1 aron de datumdosieroj',
    'kanalo k1: listigante datumdosierojn',
    'eniga dosiero numero=00001 nomo=/data/unu du.dbf',
    'kanalo k1: komencante pecon 1 je 17-MAY-31',
    'kanalo k1: finita peco 1 je 17-MAY-31',
    'peco tenilo=/b/p 1 etikedo=DU VORTOJ komento=NONE',
    'kanalo k1: aro finita, daŭro: 00:01:05',
    'backup finiĝis je 17-MAY-31',
    '',
  ].join('\n');

  it('is understood by what no language translates, and its doubts are said', () => {
    const { map } = parseRmanLog(log);

    expect(map.databases).toEqual([{ name: 'LAGER', dbid: '3141592653' }]);
    expect(map.backupSets).toEqual([
      {
        channel: 'k1',
        kind: 'incremental',
        level: 1,
        compressed: false,
        pieces: [{ handle: '/b/p 1', piece: 1, tag: 'DU VORTOJ', comment: 'NONE' }],
        datafiles: [{ file: 1, name: '/data/unu du.dbf' }],
        includesControlFile: false,
        includesSpfile: false,
        elapsedSeconds: 65,
      },
    ]);
    expect(map.status).toBe('completed');
    expect(map.note).toContain('whether it is compressed is not known');
  });

  it('is truncated when its end is missing', () => {
    expect(parseRmanLog(log.split('\n').slice(0, 9).join('\n')).map).toMatchObject({
      backupSets: [],
      status: 'truncated',
    });
  });
});

describe('a line of the trace of RMAN', () => {
  it('is no message, whatever it speaks of', () => {
    const { map } = parseRmanLog(
      [
        'Starting backup at 1',
        'DBGRPC: channel c1: starting full datafile backup set',
        'DBGSQL: RMAN-03009: failure of backup command on c1 channel at 05/17/2031 01:00:00',
        'Finished backup at 2',
        '',
      ].join('\n'),
    );

    expect(map).toMatchObject({ backupSets: [], errors: [], status: 'completed' });
  });
});

describe('a set of which a line is missing', () => {
  const lines = [
    'Starting backup at 1',
    'channel c1: starting full datafile backup set',
    'channel c1: specifying datafile(s) in backup set',
    'input datafile file number=00001 name=/data/one.dbf',
    'channel c1: starting piece 1 at 1',
    'channel c1: finished piece 1 at 2',
    'piece handle=/b/one tag=T comment=NONE',
    'channel c1: starting piece 2 at 2',
    'channel c1: finished piece 2 at 3',
    'piece handle=/b/two tag=T comment=NONE',
    'channel c1: backup set complete, elapsed time: 00:00:03',
    'Finished backup at 4',
    '',
  ];
  const without = (lost: string) => parseRmanLog(lines.filter((line) => line !== lost).join('\n'));

  it('is a set with all of them', () => {
    expect(parseRmanLog(lines.join('\n')).map.backupSets).toHaveLength(1);
  });

  it.each([
    'piece handle=/b/one tag=T comment=NONE',
    'piece handle=/b/two tag=T comment=NONE',
    'channel c1: finished piece 2 at 3',
  ])('is not in the map without "%s"; its pieces are of unknown content', (lost) => {
    const { map, facts } = without(lost);

    expect(map.backupSets).toEqual([]);
    expect(facts.unattributedPieces.length).toBeGreaterThan(0);
    expect(map.note).toContain('lines are missing');
  });
});

describe('channels of any number and length', () => {
  const setsOn = (names: readonly string[]): string =>
    [
      'Starting backup at 1',
      ...names.flatMap((name, at) => [
        `channel ${name}: starting full datafile backup set`,
        `channel ${name}: specifying datafile(s) in backup set`,
        `input datafile file number=${at + 1} name=/data/${at}.dbf`,
        `channel ${name}: starting piece 1 at 1`,
        `channel ${name}: finished piece 1 at 2`,
        `piece handle=/b/${at} tag=T comment=NONE`,
        `channel ${name}: backup set complete, elapsed time: 00:00:03`,
      ]),
      'Finished backup at 4',
      '',
    ].join('\n');

  it.each([
    ['thousands of names', Array.from({ length: 4000 }, (_, at) => `channel_number_${at}`)],
    ['names as long as no other', Array.from({ length: 20 }, (_, at) => `${'long'.repeat(1000)}${at}`)],
  ])('are read in a log of %s', (_, names) => {
    const { map } = parseRmanLog(setsOn(names));

    expect(map.backupSets.map(({ channel }) => channel)).toEqual(names);
  });
});

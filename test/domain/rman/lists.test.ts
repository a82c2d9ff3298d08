import { describe, expect, it } from 'vitest';
import { parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';

const parse = (...lines: readonly string[]) => parseRmanLog(`${lines.join('\n')}\n`);

const setHeading = [
  'BS Key  Type LV Size       Device Type Elapsed Time Completion Time    ',
  '------- ---- -- ---------- ----------- ------------ -------------------',
];

const listBackup = [
  'connected to target database: LAGER (DBID=3141592653)',
  '',
  'List of Backup Sets',
  '===================',
  '',
  ...setHeading,
  '41      Incr 1  12.50M     DISK        00:00:07     17.05.2031 01:00:09',
  '        BP Key: 51   Status: AVAILABLE  Compressed: YES  Tag: NIGHT RUN',
  '        Piece Name: /mnt/lager/df_1_1',
  '  List of Datafiles in backup set 41',
  '  File LV Type Ckp SCN    Ckp Time            Abs Fuz SCN Sparse Name',
  '  ---- -- ---- ---------- ------------------- ----------- ------ ----',
  '  1    1  Incr 9007199254740993 17.05.2031 01:00:02              NO    +DATEN/LAGER/system.257.1',
  '  12   1  Incr 9007199254740993 17.05.2031 01:00:02 9007199254740999 NO    /data/lager/mit luecke.dbf',
  '',
  'BS Key  Size       Device Type Elapsed Time Completion Time    ',
  '------- ---------- ----------- ------------ -------------------',
  '42      3.00K      SBT_TAPE    00:00:01     17.05.2031 01:00:11',
  '        BP Key: 52   Status: EXPIRED  Compressed: NO  Tag: TAG20310517T010010',
  '        Handle: arc_900_1   Media: vault.example',
  '',
  '  List of Archived Logs in backup set 42',
  '  Thrd Seq     Low SCN    Low Time            Next SCN   Next Time',
  '  ---- ------- ---------- ------------------- ---------- ---------',
  '  1    900     8000001    17.05.2031 00:00:00 8000900    17.05.2031 00:30:00',
  '  2    411     8000100    17.05.2031 00:10:00 8000950    17.05.2031 00:40:00',
  '',
  ...setHeading,
  '43      Full    9.80M      DISK        00:00:01     17.05.2031 01:00:13',
  '        BP Key: 53   Status: AVAILABLE  Compressed: NO  Tag: TAG20310517T010012',
  '        Piece Name: /mnt/lager/c-3141592653-20310517-00',
  '  SPFILE Included: Modification time: 16.05.2031 20:00:00',
  '  SPFILE db_unique_name: LAGER',
  '  Control File Included: Ckp SCN: 8001000      Ckp time: 17.05.2031 01:00:12',
];

describe('LIST BACKUP', () => {
  const { map, facts } = parse(...listBackup);

  it('gives sets with their pieces, status and SCNs', () => {
    expect(facts.listed?.backupSets).toEqual([
      {
        key: 41,
        type: 'Incr',
        level: 1,
        size: '12.50M',
        device: 'DISK',
        completedAt: '17.05.2031 01:00:09',
        pieces: [
          {
            key: 51,
            status: 'AVAILABLE',
            compressed: true,
            tag: 'NIGHT RUN',
            handle: '/mnt/lager/df_1_1',
            line: 9,
          },
        ],
        datafiles: [
          {
            file: 1,
            level: 1,
            type: 'Incr',
            ckpScn: '9007199254740993',
            ckpTime: '17.05.2031 01:00:02',
            name: '+DATEN/LAGER/system.257.1',
          },
          {
            file: 12,
            level: 1,
            type: 'Incr',
            ckpScn: '9007199254740993',
            ckpTime: '17.05.2031 01:00:02',
            name: '/data/lager/mit luecke.dbf',
          },
        ],
        archivedLogs: [],
        line: 8,
      },
      expect.objectContaining({
        key: 42,
        device: 'SBT_TAPE',
        pieces: [expect.objectContaining({ status: 'EXPIRED', handle: 'arc_900_1', media: 'vault.example' })],
        archivedLogs: [
          {
            thread: 1,
            sequence: 900,
            lowScn: '8000001',
            lowTime: '17.05.2031 00:00:00',
            nextScn: '8000900',
            nextTime: '17.05.2031 00:30:00',
          },
          expect.objectContaining({ thread: 2, sequence: 411, nextScn: '8000950' }),
        ],
      }),
      expect.objectContaining({
        key: 43,
        spfile: { modifiedAt: '16.05.2031 20:00:00' },
        controlFile: { ckpScn: '8001000', ckpTime: '17.05.2031 01:00:12' },
      }),
    ]);
  });

  it('never makes a backup of what is listed', () => {
    expect(map).toMatchObject({ backupSets: [], imageCopies: [], autobackups: [], deletions: [] });
  });

  it('is known by the shape of its tables where its headings are translated', () => {
    const words: Readonly<Record<string, string>> = {
      'BS Key  Type LV Size       Device Type Elapsed Time Completion Time': 'Clau  Tipus NV Mida',
      'BP Key': 'Clau',
      Status: 'Estat',
      Compressed: 'Comprimit',
      'Piece Name': 'Nom',
      'List of': 'Llista de',
    };
    const translated = listBackup.map((line) =>
      Object.entries(words).reduce((text, [english, other]) => text.replaceAll(english, other), line),
    );

    expect(parse(...translated).facts.listed?.backupSets).toEqual(facts.listed?.backupSets);
  });

  it('counts as it was listed last', () => {
    const later = listBackup.map((line) => line.replace('Status: EXPIRED', 'Status: AVAILABLE'));

    const { facts: both } = parse(...listBackup, ...later);

    expect(both.listed?.backupSets.map(({ key }) => key)).toEqual([41, 42, 43]);
    expect(both.listed?.backupSets[1]?.pieces[0]?.status).toBe('AVAILABLE');
  });

  it('ends where RMAN says something else', () => {
    const { facts: cut } = parse(
      ...listBackup.slice(0, 14),
      'Starting backup at 17-MAY-31',
      ...listBackup.slice(14),
    );

    expect(cut.listed?.backupSets.map(({ datafiles }) => datafiles.length)).toEqual([1, 0, 0]);
  });
});

describe('other lists', () => {
  it('give the pieces of each copy of a set', () => {
    const { facts } = parse(
      'BS Key  Type LV Size',
      '------- ---- -- ----------',
      '7       Full    1.10G',
      '  Backup Set Copy #1 of backup set 7',
      '  Device Type Elapsed Time Completion Time Compressed Tag',
      '  ----------- ------------ --------------- ---------- ---',
      '  DISK        00:00:09     17-MAY-31       NO         T7',
      '    List of Backup Pieces for backup set 7 Copy #1',
      '    BP Key  Pc# Status      Piece Name',
      '    ------- --- ----------- ----------',
      '    8       1   AVAILABLE   /b/7 1',
      '    9       2   UNAVAILABLE /b/7 2',
    );

    expect(facts.listed?.backupSets).toEqual([
      {
        key: 7,
        type: 'Full',
        size: '1.10G',
        pieces: [
          { key: 8, piece: 1, status: 'AVAILABLE', handle: '/b/7 1', line: 11 },
          { key: 9, piece: 2, status: 'UNAVAILABLE', handle: '/b/7 2', line: 12 },
        ],
        datafiles: [],
        archivedLogs: [],
        line: 3,
      },
    ]);
  });

  it('give summaries, pieces, copies and archived logs', () => {
    const { facts } = parse(
      'Key     TY LV S Device Type Completion Time   #Pieces #Copies Compressed Tag',
      '------- -- -- - ----------- ----------------- ------- ------- ---------- ---',
      '70      B  0  A DISK        17-MAY-31 1:00 AM 2       1       YES        DB LEVEL 0',
      'BP Key  BS Key  Pc# Cp# Status      Device Type Piece Name',
      '------- ------- --- --- ----------- ----------- ----------',
      '12      11      1   2   EXPIRED     DISK        /b/old piece',
      'List of Datafile Copies',
      'Key     File S Completion Time Ckp SCN    Ckp Time  Sparse',
      '------- ---- - --------------- ---------- --------------- ------',
      '5       4    A 17-MAY-31       1234567    16-MAY-31       NO',
      '        Name: /b/data_D-LAGER_TS-USERS_FNO-4',
      '        Tag: DAILY COPY',
      '        Container ID: 3, PDB Name: KASSE',
      '',
      'List of Archived Log Copies for database with db_unique_name LAGER',
      'Key     Thrd Seq     S Low Time ',
      '------- ---- ------- - ---------',
      '39      1    83      X 17-MAY-31',
      '        Name: D:\\ARCH DIR\\1_83.ARC',
    );

    expect(facts.listed).toMatchObject({
      summaries: [
        {
          key: 70,
          level: '0',
          completedAt: '17-MAY-31 1:00 AM',
          pieces: 2,
          compressed: true,
          tag: 'DB LEVEL 0',
        },
      ],
      pieces: [{ key: 12, setKey: 11, piece: 1, copy: 2, status: 'EXPIRED', handle: '/b/old piece' }],
      copies: [
        {
          key: 5,
          file: 4,
          status: 'A',
          ckpScn: '1234567',
          name: '/b/data_D-LAGER_TS-USERS_FNO-4',
          tag: 'DAILY COPY',
        },
      ],
      archivedLogs: [{ key: 39, thread: 1, sequence: 83, status: 'X', name: 'D:\\ARCH DIR\\1_83.ARC' }],
    });
  });

  it('give summaries as they were listed last, those of each database for itself', () => {
    const heading = [
      'List of Backups',
      'Key     TY LV S Device Type Completion Time   #Pieces #Copies Compressed Tag',
      '------- -- -- - ----------- ----------------- ------- ------- ---------- ---',
    ];
    const { facts } = parse(
      'connected to target database: LAGER (DBID=3141592653)',
      ...heading,
      '70      B  0  A DISK        17-MAY-31 1:00 AM 2       1       YES        LEVEL ZERO',
      '71      B  A  A DISK        17-MAY-31 1:00 AM 1       1       NO',
      'Recovery Manager complete.',
      'connected to target database: KASSE (DBID=2718281828)',
      ...heading,
      '70      B  F  X SBT_TAPE    18-MAY-31 1:00 AM 9007199254740992 1 NO    WEEKLY',
      '71      Q  F  X SBT_TAPE    18-MAY-31 1:00 AM 1       1       NO         UNKNOWN TYPE',
      'Recovery Manager complete.',
      'connected to target database: LAGER (DBID=3141592653)',
      ...heading,
      '71      B  A  A DISK        17-MAY-31 1:00 AM 1       2       NO         password=horse',
      '70      B  0  X DISK        17-MAY-31 1:00 AM 2       1       YES        LEVEL  ZERO',
    );
    const lager = { type: 'B', device: 'DISK', completedAt: '17-MAY-31 1:00 AM' };

    expect(facts.listed?.summaries).toEqual([
      {
        ...lager,
        key: 70,
        level: '0',
        status: 'X',
        pieces: 2,
        copies: 1,
        compressed: true,
        tag: 'LEVEL ZERO',
        line: 20,
      },
      {
        ...lager,
        key: 71,
        level: 'A',
        status: 'A',
        pieces: 1,
        copies: 2,
        compressed: false,
        tag: 'password=***',
        line: 19,
      },
      {
        key: 70,
        type: 'B',
        level: 'F',
        status: 'X',
        device: 'SBT_TAPE',
        completedAt: '18-MAY-31 1:00 AM',
        pieces: 9007199254740992,
        copies: 1,
        compressed: false,
        tag: 'WEEKLY',
        line: 12,
      },
    ]);
  });

  it('are read where a row has all but its key and its tag in common with one above it', () => {
    const { facts } = parse(
      'Key     TY LV S Device Type Completion Time #Pieces #Copies Compressed Tag',
      '------- -- -- - ----------- --------------- ------- ------- ---------- ---',
      '70      B  0  A DISK        17-MAY-31       2       1       YES        NIGHTLY',
      '71      B  A  A DISK        17-MAY-31       1       1       NO         LOGS',
      '72      B  0  A DISK        17-MAY-31       2       1       YES        WEEKLY',
      '73      B  A  A DISK        17-MAY-31       1       1       NO         LOGS',
      '70      B  A  A DISK        17-MAY-31       1       1       NO         AGAIN',
      '74      B  A  A DISK        17-MAY-31       1       1       NO         of two words',
      '75      B  A  A DISK        17-MAY-31       1       1       NO         NO',
      '76      B  A  A DISK        17-MAY-31       1       1       NO         NO  TAG',
      '77      B  A  A DISK        17-MAY-31       1       1       NO',
    );
    const zero = { level: '0', pieces: 2, compressed: true };
    const logs = { level: 'A', pieces: 1, compressed: false };

    expect(facts.listed?.summaries).toMatchObject([
      { ...logs, key: 70, tag: 'AGAIN', line: 7 },
      { ...logs, key: 71, tag: 'LOGS', line: 4 },
      { ...zero, key: 72, tag: 'WEEKLY', line: 5 },
      { ...logs, key: 73, tag: 'LOGS', line: 6 },
      { ...logs, key: 74, tag: 'of two words', line: 8 },
      { ...logs, key: 75, tag: 'NO', line: 9 },
      { ...logs, key: 76, tag: 'NO TAG', line: 10 },
      { ...logs, key: 77, tag: '', line: 11 },
    ]);
  });

  it('keep rows apart that are as wide as a terminal', () => {
    const rows = [
      '70      B  0  A DISK        17-MAY-31       1       1       NO         LEVEL_ZER',
      '71      B  A  A SBT_TAPE    17-MAY-31       1       2       YES        LOGS',
    ];
    const { facts } = parse(
      'Key     TY LV S Device Type Completion Time #Pieces #Copies Compressed Tag',
      '------- -- -- - ----------- --------------- ------- ------- ---------- ---',
      ...rows,
    );

    expect(rows[0]).toHaveLength(80);
    expect(facts.listed?.summaries).toMatchObject([
      { key: 70, tag: 'LEVEL_ZER' },
      { key: 71, tag: 'LOGS' },
    ]);
  });

  it('give the schema and the configuration, without their secrets', () => {
    const { facts } = parse(
      'Report of database schema for database with db_unique_name LAGER',
      'List of Permanent Datafiles',
      '===========================',
      'File Size(MB) Tablespace           RB segs Datafile Name',
      '---- -------- -------------------- ------- ------------------------',
      '1    900      SYSTEM               YES     +DATEN/LAGER/system.257.1',
      '9    0        KASSE:USERS          NO      /data/kasse/users 01.dbf',
      'List of Temporary Files',
      '=======================',
      'File Size(MB) Tablespace           Maxsize(MB) Tempfile Name',
      '---- -------- -------------------- ----------- --------------------',
      '1    32       TEMP                 32767       /data/temp01.dbf',
      '',
      'RMAN configuration parameters for database with db_unique_name LAGER are:',
      'CONFIGURE BACKUP OPTIMIZATION OFF; # default',
      "CONFIGURE CHANNEL DEVICE TYPE 'SBT_TAPE' PARMS  'ENV=(OB_PASSWORD=Sw0rdfish)';",
      'CONFIGURE COMPRESSION ALGORITHM TEXT THAT GOES NOWHERE',
      'CONFIGURE NEVER SHOWN;',
    );

    expect(facts.listed?.schema).toMatchObject([
      {
        file: 1,
        isTemporary: false,
        megabytes: 900,
        tablespace: 'SYSTEM',
        name: '+DATEN/LAGER/system.257.1',
      },
      { file: 9, tablespace: 'KASSE:USERS', name: '/data/kasse/users 01.dbf' },
      { file: 1, isTemporary: true, tablespace: 'TEMP' },
    ]);
    expect(facts.listed?.configuration).toMatchObject([
      { statement: 'CONFIGURE BACKUP OPTIMIZATION OFF;', isDefault: true },
      {
        statement: "CONFIGURE CHANNEL DEVICE TYPE 'SBT_TAPE' PARMS  'ENV=(OB_PASSWORD=***)';",
        isDefault: false,
      },
      { statement: 'CONFIGURE NEVER SHOWN;' },
    ]);
  });

  it('say what a crosscheck did not find, and do not take it for deleted', () => {
    const { map, facts } = parse(
      "crosschecked backup piece: found to be 'EXPIRED'",
      'backup piece handle=/b/gone RECID=7 STAMP=1391648403',
      "crosschecked backup piece: found to be 'AVAILABLE'",
      'backup piece handle=/b/there RECID=8 STAMP=1391648404',
      'validation failed for archived log',
      'archived log file name=/a/1_7.arc RECID=9 STAMP=1391648405',
      'validation succeeded for archived log',
      'archived log file name=/a/1_8.arc RECID=10 STAMP=1391648406',
      'Crosschecked 4 objects',
    );

    expect(map.deletions).toEqual([]);
    expect(facts.listed?.missing).toMatchObject([
      { type: 'backuppiece', name: '/b/gone', recid: 7 },
      { type: 'archivelog', name: '/a/1_7.arc', recid: 9 },
    ]);
  });

  it('are absent where there are none', () => {
    expect(parse('Starting backup at 1', 'Finished backup at 1').facts).not.toHaveProperty('listed');
  });
});

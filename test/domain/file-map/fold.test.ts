import { expect, test } from 'vitest';
import { isWhole } from '../../../shared/domain/file-map/file-map.ts';
import { decodeFileMap, encodeFileMap } from '../../../shared/domain/file-map/file-map-json.ts';
import { doubtCodes, file, nextMap, presences } from './line.ts';
import {
  archivedLogs,
  autobackup,
  backup,
  backupSet,
  connected,
  deletedPiece,
  imageCopy,
  recovered,
  textOf,
} from './rman-session.ts';

const full = (handle: string) => textOf(connected(), backup(backupSet({ handle, level: 0, files: [1, 2] })));

test('a piece that the log names is present, with its level, tag, files and place in the log', async () => {
  const map = await nextMap(undefined, [file('db/full_1')], [full('/mnt/ledger/db/full_1')]);

  const [database] = map.databases;
  expect(database).toMatchObject({
    dbid: '1234567890',
    name: 'LEDGER',
    platform: 'linux',
    version: '19.0.0.0.0',
  });
  expect(database?.backupSets).toMatchObject([
    {
      kind: 'incremental',
      level: 0,
      tag: 'NIGHT',
      datafiles: [{ file: 1 }, { file: 2 }],
      startedAt: { local: '2026-03-01T01:00:05' },
      source: { seq: 1, logNumber: 1, line: 5, run: 0, command: 0 },
      pieces: [{ piece: 1, path: 'db/full_1', presence: 'present', content: { sizeBytes: 8192 } }],
    },
  ]);
  expect(map.doubts).toEqual([]);
});

test('S24: names that the snapshot lacks are missing, files that no log names are additional', async () => {
  const files = [file('db/full_1'), file('notes.txt', 'n', 100), file('db/other.bin', 'o', 50)];

  const map = await nextMap(undefined, files, [
    textOf(
      connected(),
      backup(
        backupSet({ handle: ['/mnt/ledger/db/full_1', '/mnt/ledger/db/full_2'] }),
        archivedLogs('/mnt/ledger/db/arc_1', 1, [10, 11]),
      ),
    ),
  ]);

  expect(presences(map)).toEqual(['db/full_1 present', 'db/full_2 missing', 'db/arc_1 missing']);
  expect(map.additional).toEqual({ files: 2, bytes: 150 });
  expect(doubtCodes(map)).toEqual(['SET_INCOMPLETE']);
});

test('a piece that the same log made and deleted is not in the map', async () => {
  const map = await nextMap(
    undefined,
    [file('keep')],
    [
      textOf(
        connected(),
        backup(backupSet({ handle: '/mnt/ledger/keep' }), backupSet({ handle: '/mnt/ledger/drop' })),
        deletedPiece('/mnt/ledger/drop'),
      ),
    ],
  );

  expect(presences(map)).toEqual(['keep present']);
});

test('a point carries what earlier logs named, minus what its snapshot has no more', async () => {
  const first = await nextMap(
    undefined,
    [file('a'), file('b')],
    [
      textOf(
        connected(),
        backup(backupSet({ handle: '/mnt/ledger/a' }), backupSet({ handle: '/mnt/ledger/b' })),
      ),
    ],
  );

  const second = await nextMap(first, [file('b'), file('c')], [full('/mnt/ledger/c')]);

  expect(presences(second)).toEqual(['b present', 'c present']);
  expect(second.logs.map(({ seq }) => seq)).toEqual([1, 2]);
  expect(second.parent).toEqual({ recoveryPointId: first.recoveryPointId, number: 1 });
});

test('logs of which nothing is left are no longer listed', async () => {
  const first = await nextMap(undefined, [file('a')], [full('/mnt/ledger/a')]);

  const second = await nextMap(first, [file('b')], [full('/mnt/ledger/b')]);

  expect(second.logs.map(({ seq }) => seq)).toEqual([2]);
});

test('a piece whose content changes without a log is doubtful, and whole again when its content comes back', async () => {
  const first = await nextMap(undefined, [file('a')], [full('/mnt/ledger/a')]);

  const second = await nextMap(first, [file('a', 'other')], []);
  const third = await nextMap(second, [file('a')], []);

  expect(presences(second)).toEqual(['a changed']);
  expect(doubtCodes(second)).toEqual(['CONTENT_CHANGED']);
  expect(second.databases[0]?.backupSets.map(isWhole)).toEqual([false]);
  expect(presences(third)).toEqual(['a present']);
});

test('a piece that a log writes anew under its old name belongs to the new set alone', async () => {
  const log = (tag: string) => textOf(connected(), backup(backupSet({ handle: '/mnt/ledger/a', tag })));
  const first = await nextMap(undefined, [file('a')], [log('MONDAY')]);

  const second = await nextMap(first, [file('a', 'other')], [log('TUESDAY')]);

  expect(second.databases[0]?.backupSets.map(({ tag, source }) => [tag, source.seq])).toEqual([
    ['TUESDAY', 2],
  ]);
  expect(presences(second)).toEqual(['a present']);
});

test('a log to which each run appends changes nothing of what it said before', async () => {
  const monday = [...connected(), ...backup(backupSet({ handle: '/mnt/ledger/a', tag: 'MONDAY' }))];
  const tuesday = [...connected(), ...backup(backupSet({ handle: '/mnt/ledger/b', tag: 'TUESDAY' }))];
  const first = await nextMap(undefined, [file('a')], [textOf(monday)]);

  const second = await nextMap(first, [file('a', 'overwritten'), file('b')], [textOf(monday, tuesday)]);

  expect(presences(second)).toEqual(['a changed', 'b present']);
  expect(second.databases[0]?.backupSets.map(({ source }) => source.seq)).toEqual([1, 2]);
});

test('an image copy that was rolled forward has new content and the history of it', async () => {
  const copy = '/mnt/ledger/df1.dbf';
  const first = await nextMap(undefined, [file('df1.dbf')], [textOf(connected(), backup(imageCopy(copy)))]);

  const second = await nextMap(
    first,
    [file('df1.dbf', 'merged'), file('inc_1')],
    [
      textOf(
        connected(),
        backup(backupSet({ handle: '/mnt/ledger/inc_1', level: 1 })),
        recovered(copy, '/mnt/ledger/inc_1'),
      ),
    ],
  );

  const [mapped] = second.databases[0]?.imageCopies ?? [];
  expect(mapped).toMatchObject({
    presence: 'present',
    datafile: { file: 1 },
    createdAt: expect.stringMatching(/^20\d\d-/),
    source: { seq: 1 },
    recoveries: [
      { source: { seq: 2 }, incremental: { seq: 2, line: 5 }, at: { local: '2026-03-02T01:00:01' } },
    ],
  });
  const third = await nextMap(second, [file('df1.dbf', 'strange')], []);
  expect(presences(third)).toEqual(['df1.dbf changed']);
});

test('a deletion that the snapshot does not show is a doubt, and the piece stays', async () => {
  const first = await nextMap(undefined, [file('a')], [full('/mnt/ledger/a')]);

  const kept = await nextMap(first, [file('a')], [textOf(connected(), deletedPiece('/mnt/ledger/a'))]);
  const gone = await nextMap(first, [], [textOf(connected(), deletedPiece('/mnt/ledger/a'))]);

  expect(presences(kept)).toEqual(['a present']);
  expect(doubtCodes(kept)).toEqual(['DELETED_BUT_PRESENT']);
  expect(presences(gone)).toEqual([]);
  expect(gone.doubts).toEqual([]);
});

test('S27: what a snapshot came too early for is missing in it, and present in the next', async () => {
  const first = await nextMap(undefined, [], [full('/mnt/ledger/late')]);
  const second = await nextMap(first, [file('late')], []);
  const third = await nextMap(await nextMap(first, [], []), [file('late')], []);

  expect(presences(first)).toEqual(['late missing']);
  expect(presences(second)).toEqual(['late present']);
  // Gone in between: what is there now need not be what the log spoke of.
  expect(presences(third)).toEqual([]);
});

test('S26: a piece that is empty or ends inside a block is damaged', async () => {
  const log = textOf(
    connected(),
    backup(...['empty', 'cut', 'good'].map((name) => backupSet({ handle: `/mnt/ledger/${name}` }))),
  );

  const map = await nextMap(undefined, [file('cut', 'c', 8000), file('empty', 'e', 0), file('good')], [log]);

  expect(presences(map)).toEqual(['empty damaged', 'cut damaged', 'good present']);
  expect(doubtCodes(map)).toEqual(['FILE_DAMAGED', 'FILE_DAMAGED']);
});

test('S25: a log of bytes or of another mount claims nothing and hides nothing', async () => {
  const map = await nextMap(
    undefined,
    [file('a')],
    [
      { text: Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0), fileName: 'core' },
      { text: full('/mnt/payroll/a') },
      { text: '' },
    ],
  );

  expect(map.logs.map(({ status }) => status)).toEqual(['unreadable', 'completed', 'truncated']);
  expect(presences(map)).toEqual(['/mnt/payroll/a elsewhere']);
  expect(map.additional.files).toBe(1);
});

test('tape and ASM are told from folders elsewhere, and stay until a log deletes them', async () => {
  const handles = ['+FRA/ledger/x.1.2', '0a1b2c3d_1_1', '/other/x'];
  const first = await nextMap(
    undefined,
    [],
    [textOf(connected(), backup(...handles.map((handle) => backupSet({ handle }))))],
  );

  const second = await nextMap(first, [], [textOf(connected(), deletedPiece('/other/x'))]);

  const elsewhere = first.databases[0]?.backupSets.flatMap(({ pieces }) =>
    pieces.map((piece) => piece.elsewhere),
  );
  expect(elsewhere).toEqual(['asm', 'tape', 'folder']);
  expect(presences(second)).toEqual(['+FRA/ledger/x.1.2 elsewhere', '0a1b2c3d_1_1 elsewhere']);
});

test('a log from Windows finds its files in any case', async () => {
  const map = await nextMap(
    undefined,
    [file('Ledger/FULL_1.BKP')],
    [{ text: full('Z:\\backup\\ledger\\full_1.bkp'), platform: 'windows', mountpoint: 'z:\\Backup\\' }],
  );
  const next = await nextMap(map, [file('Ledger/FULL_1.BKP')], []);

  expect(presences(map)).toEqual(['Ledger/FULL_1.BKP present']);
  expect(presences(next)).toEqual(['Ledger/FULL_1.BKP present']);
  expect(map.additional.files).toBe(0);
});

test('several databases on one mount keep their own files', async () => {
  const other = textOf(connected('77', 'PAYROLL'), backup(backupSet({ handle: '/mnt/ledger/p1' })));

  const map = await nextMap(undefined, [file('a'), file('p1')], [full('/mnt/ledger/a'), other]);

  const owners = map.databases.map(({ dbid, name, backupSets }) => [
    dbid,
    name,
    backupSets.map(({ pieces }) => pieces[0]?.path),
  ]);
  expect(owners).toEqual([
    ['77', 'PAYROLL', ['p1']],
    ['1234567890', 'LEDGER', ['a']],
  ]);
});

test('files without a log are inferred from the names that Oracle gives', async () => {
  const names = [
    'c-99-20260301-0a',
    'data_D-LEDGER_I-99_TS-USERS_FNO-4_0abc',
    '1_812_1100200300.dbf',
    'spfileledger.ora',
    'orapwledger',
    'cf_D-LEDGER_id-99_0xyz',
    'o1_mf_nnnd0_LEVEL0_abc_.bkp',
    'readme.md',
  ];

  const map = await nextMap(
    undefined,
    names.map((name) => file(name)),
    [],
  );

  expect(map.inferred.map(({ kind, dbid }) => `${kind} ${dbid ?? '-'}`)).toEqual([
    'autobackup 99',
    'imagecopy 99',
    'archivedlog -',
    'spfile -',
    'passwordfile -',
    'controlfile 99',
    'piece -',
  ]);
  expect(map.additional.files).toBe(1);
  expect(map.databases).toMatchObject([{ dbid: '99', dbidFrom: 'name of c-99-20260301-0a', backupSets: [] }]);
});

test('a map comes back from its stored form as it was', async () => {
  const map = await nextMap(
    undefined,
    [file('a'), file('c-1234567890-20260301-00'), file('orapwx')],
    [
      textOf(
        connected(),
        backup(backupSet({ handle: '/mnt/ledger/a' })),
        autobackup('/mnt/ledger/c-1234567890-20260301-00'),
      ),
    ],
  );

  const bytes = await encodeFileMap(map);

  expect(await decodeFileMap([bytes], 'map')).toEqual(map);
  expect(await encodeFileMap(map)).toEqual(bytes);
  await expect(decodeFileMap([bytes.subarray(0, -4)], 'map')).rejects.toThrow(/map: /);
});

test('what was typed tells a cumulative incremental from a differential one', async () => {
  const typed = (command: string) =>
    textOf(connected(), [`RMAN> ${command};`, ''], backup(backupSet({ handle: '/mnt/ledger/a', level: 1 })));
  const kindOf = async (text: string) =>
    (await nextMap(undefined, [file('a')], [text])).databases[0]?.backupSets[0]?.incremental;

  expect(await kindOf(typed('backup incremental level 1 cumulative database'))).toBe('cumulative');
  expect(await kindOf(typed('backup incremental level 1 database'))).toBe('differential');
  expect(
    await kindOf(textOf(connected(), backup(backupSet({ handle: '/mnt/ledger/a', level: 1 })))),
  ).toBeUndefined();
});

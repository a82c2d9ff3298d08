import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import { toInstant } from '../../../shared/domain/instant.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import {
  archivedLogs,
  autobackup,
  backup,
  backupSet,
  connected,
  imageCopy,
  textOf,
} from '../../domain/file-map/rman-session.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  type MemoryService,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

const viewer: Caller = { credentialId: 'key-viewer', role: 'viewer' };
const blocks = (letter: string) => letter.repeat(1024);

let service: MemoryService;
let mount: Mount;
let store: Caller;
let point: RecoveryPoint;
let older: RecoveryPoint;

const commit = async (files: Readonly<Record<string, string>>, logs: readonly string[]) => {
  const upload = await openSnapshot(service, store, mount);
  const sent = logs.map((content, index) => ({
    content,
    fileName: `${index}.log`,
    mountpoint: '/mnt/ledger',
    platform: 'linux' as const,
    receivedAt: toInstant(0),
  }));
  await askCommit(service, store, upload, await uploadFiles(service, store, upload, files, sent));
  service.clock.advance(60_000);
  return runCommit(service, upload.uploadId);
};

// One line serves all tests: they only read.
beforeAll(async () => {
  service = createMemoryService();
  ({ mount, caller: store } = await createStoreAndMount(service));
  older = await commit({ 'p/p1': blocks('p') }, [
    textOf(connected('77', 'PAYROLL'), backup(backupSet({ handle: '/mnt/ledger/p/p1' }))),
  ]);
  point = await commit(
    {
      'p/p1': blocks('p'),
      'db/full_1': blocks('f'),
      'db/arc_1': blocks('a'),
      'db/df1.dbf': blocks('d'),
      'db/c-1234567890-20260301-00': blocks('c'),
      'c-5-20260301-00': blocks('x'),
      orapwledger: blocks('o'),
      'a.txt': 'a',
      'b.txt': 'b',
      'z.txt': 'z',
    },
    [
      textOf(
        connected(),
        backup(
          backupSet({ handle: ['/mnt/ledger/db/full_1', '/mnt/ledger/db/full_2'], level: 1 }),
          archivedLogs('/mnt/ledger/db/arc_1', 1, [4, 5, 7]),
          backupSet({ handle: '+FRA/x.1.2' }),
          imageCopy('/mnt/ledger/db/df1.dbf'),
        ),
        autobackup('/mnt/ledger/db/c-1234567890-20260301-00'),
      ),
    ],
  );
});

type Row = Record<string, unknown>;
const get = async (
  name: Parameters<MemoryService['send']>[0],
  params: Record<string, string>,
  query: Record<string, string> = {},
  caller = viewer,
) => {
  const { statusCode, body } = await service.send(name, { caller, params, query });
  return { statusCode, body: (body ?? {}) as { items?: Row[]; cursor?: string } & Row };
};
const ofPoint = (name: Parameters<typeof get>[0], more: Record<string, string> = {}, query = {}) =>
  get(name, { recoveryPointId: point.recoveryPointId, ...more }, query);

describe('the databases of a recovery point', () => {
  it('are listed with how much there is of each, the logs and what nobody claims', async () => {
    const { statusCode, body } = await ofPoint('listPointDatabases');

    expect(statusCode).toBe(200);
    expect(body).toMatchObject({
      items: [
        { dbid: '5', dbidFrom: 'name of c-5-20260301-00', inferredFiles: 1, backupSets: 0 },
        { dbid: '77', name: 'PAYROLL', backupSets: 1, files: { present: 1 } },
        {
          dbid: '1234567890',
          name: 'LEDGER',
          platform: 'linux',
          backupSets: 3,
          imageCopies: 1,
          autobackups: 1,
          files: { present: 4, missing: 1, changed: 0, damaged: 0, elsewhere: 1 },
        },
        { dbid: 'unknown', inferredFiles: 1 },
      ],
      fileMap: { number: 1 },
      logs: [
        { fileName: '0.log', uploadId: older.recoveryPointId, status: 'completed' },
        { fileName: '0.log', uploadId: point.recoveryPointId, isLate: false },
      ],
      additional: { files: 3, bytes: 3 },
      doubts: 1,
    });
  });

  it('have their files in the order of the log, with set, piece, level, tag and times', async () => {
    const { body } = await ofPoint('listDatabaseFiles', { dbid: '1234567890' });

    expect(body.items).toMatchObject([
      {
        kind: 'backup-piece',
        path: 'db/full_1',
        presence: 'present',
        sizeBytes: 1024,
        piece: 1,
        level: 1,
        tag: 'NIGHT',
        set: { kind: 'incremental', pieces: 2, datafiles: [1] },
        startedAt: { text: '2026-03-01 01:00:05', local: '2026-03-01T01:00:05' },
        source: { uploadId: point.recoveryPointId, logNumber: 1 },
      },
      { path: 'db/full_2', presence: 'missing', piece: 2 },
      {
        path: 'db/arc_1',
        set: {
          archivedLogs: [
            { thread: 1, firstSequence: 4, lastSequence: 5 },
            { thread: 1, firstSequence: 7, lastSequence: 7 },
          ],
        },
      },
      { handle: '+FRA/x.1.2', presence: 'elsewhere', elsewhere: 'asm' },
      { kind: 'image-copy', path: 'db/df1.dbf', datafile: 1, level: 0, rolledForward: 0 },
      { kind: 'autobackup', path: 'db/c-1234567890-20260301-00' },
    ]);
    expect((await ofPoint('listDatabaseFiles', { dbid: '5' })).body.items).toMatchObject([
      { kind: 'inferred', inferred: 'autobackup', path: 'c-5-20260301-00' },
    ]);
    expect((await ofPoint('listDatabaseFiles', { dbid: '9' })).body.items).toEqual([]);
  });

  it('S24: what the logs name and the snapshot lacks has a list of its own', async () => {
    const { body } = await ofPoint('listMissingFiles');
    expect(body.items).toMatchObject([{ path: 'db/full_2', dbid: '1234567890', presence: 'missing' }]);

    const doubts = await ofPoint('listFileMapDoubts');
    expect(doubts.body.items).toMatchObject([{ code: 'SET_INCOMPLETE' }]);
  });

  it('leave additional files, which come page by page', async () => {
    const first = await ofPoint('listAdditionalFiles', {}, { limit: '2' });
    const rest = await ofPoint('listAdditionalFiles', {}, { limit: '2', cursor: first.body.cursor ?? '' });

    const paths = [...(first.body.items ?? []), ...(rest.body.items ?? [])].map(({ path }) => path);
    expect(paths).toEqual(['a.txt', 'b.txt', 'z.txt']);
    expect(rest.body.cursor).toBeUndefined();
  });

  it('have pages that neither skip nor repeat', async () => {
    const paths: unknown[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: '1', ...(cursor !== undefined && { cursor }) };
      const { body } = await ofPoint('listDatabaseFiles', { dbid: '1234567890' }, query);
      paths.push(...(body.items ?? []).map(({ handle }) => handle));
      cursor = body.cursor;
    } while (cursor !== undefined);

    expect(new Set(paths).size).toBe(6);
    expect(paths).toHaveLength(6);
    const foreign = await ofPoint('listMissingFiles', {}, { cursor: 'map-9-row-1' });
    expect(foreign.body).toMatchObject({ code: 'PAGE_CURSOR_INVALID' });
  });

  it('are not seen by another store', async () => {
    const other: Caller = {
      credentialId: 'x',
      role: 'store',
      storeId: 'sto-01JWS0GFN8ZQ2H5V7Y3R4T6WXB' as never,
    };
    const { statusCode } = await get(
      'listPointDatabases',
      { recoveryPointId: point.recoveryPointId },
      {},
      other,
    );
    expect(statusCode).toBe(404);
  });
});

describe('databases', () => {
  it('are listed and shown with their mounts', async () => {
    const { body } = await get('listDatabases', {});
    expect(body.items?.map(({ databaseId }) => databaseId).sort()).toEqual(['1234567890', '5', '77']);

    const shown = await get('showDatabase', { databaseId: '77' });
    expect(shown.body).toMatchObject({ name: 'PAYROLL', platform: 'linux', mountIds: [mount.mountId] });
    expect((await get('showDatabase', { databaseId: '78' })).body).toMatchObject({
      code: 'DATABASE_NOT_FOUND',
    });
  });

  it('have their recovery points, newest first', async () => {
    const { body } = await get('listPointsOfDatabase', { databaseId: '77' });
    expect(body.items?.map(({ recoveryPointId }) => recoveryPointId)).toEqual([
      point.recoveryPointId,
      older.recoveryPointId,
    ]);
    const ofLedger = await get('listPointsOfDatabase', { databaseId: '1234567890' });
    expect(ofLedger.body.items).toHaveLength(1);
  });

  it('are for people: a store is refused', async () => {
    expect((await get('listDatabases', {}, {}, store)).statusCode).toBe(403);
  });
});

it('a point whose map failed says so instead of showing no files', async () => {
  const failed = { ...point, fileMap: { state: 'failed' as const, reason: 'INTERNAL: x' } };
  const catalog = {
    ...service.catalog,
    recoveryPoints: { ...service.catalog.recoveryPoints, find: async () => failed },
  };
  const { createDatabasesApi } = await import('../../../functions/databases-api/handler.ts');
  const { httpEvent, lambdaContext } = await import('../../support/http-event.ts');
  const { databaseRoutes } = await import('../../../shared/contracts/databases.ts');
  const api = createDatabasesApi({ ...service, catalog });

  const params = { recoveryPointId: point.recoveryPointId };
  const event = httpEvent(databaseRoutes.listMissingFiles, { caller: viewer, params });
  const { statusCode, body } = (await api(event as never, lambdaContext as never)) as never as Row;

  expect(statusCode).toBe(409);
  expect(JSON.parse(String(body))).toMatchObject({
    code: 'FILE_MAP_MISSING',
    detail: expect.stringContaining('INTERNAL: x'),
  });
});

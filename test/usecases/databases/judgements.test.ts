import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import { toInstant } from '../../../shared/domain/instant.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { formatVaultKey } from '../../../shared/domain/vault/keys.ts';
import { judgeRecoverability } from '../../../shared/usecases/databases/judge-recoverability.ts';
import { findHeld, readJudgement, readVerdicts } from '../../../shared/usecases/databases/read-judgement.ts';
import { signLateLog } from '../../../shared/usecases/databases/sign-late-log.ts';
import { takeLateLog } from '../../../shared/usecases/databases/take-late-log.ts';
import { createMount } from '../../../shared/usecases/mounts/create-mount.ts';
import { noteDamage } from '../../../shared/usecases/reclaim/note-damage.ts';
import { dbid, filesOfNight, type Night, nightLog } from '../../domain/recoverability/session.ts';
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
const operator: Caller = { credentialId: 'key-op', role: 'operator' };
const sunday: Night = { day: '2026-02-01' };
const monday: Night = {
  day: '2026-02-02',
  level: 1,
  before: [[1, 122]],
  after: [[1, 123]],
  typed: 'backup incremental level 1 database plus archivelog;',
};
const host = { mountpoint: '/mnt/ledger', platform: 'linux' as const, receivedAt: toInstant(0) };

let service: MemoryService;
let mount: Mount;
let store: Caller;
beforeEach(async () => {
  service = createMemoryService();
  ({ mount, caller: store } = await createStoreAndMount(service));
});

async function commit(paths: readonly string[], nights: readonly Night[], to = mount) {
  const upload = await openSnapshot(service, store, to);
  const files = Object.fromEntries(paths.map((path) => [path, path.padEnd(1024)]));
  const logs = nights.map((night) => ({ ...host, content: nightLog(night), fileName: `${night.day}.log` }));
  await askCommit(service, store, upload, await uploadFiles(service, store, upload, files, logs));
  return runCommit(service, upload.uploadId);
}

const judgementKey = ({ mountId, recoveryPointId: uploadId }: RecoveryPoint, number = 1) =>
  formatVaultKey({ kind: 'judgement', mountId, uploadId, number });
const again = async ({ recoveryPointId }: RecoveryPoint) => {
  const point = await service.catalog.recoveryPoints.find(recoveryPointId);
  if (point === undefined) throw new Error('the point is gone');
  return point;
};
const windowsOf = async () => {
  const { body } = await service.send('listRecoveryWindows', {
    caller: viewer,
    params: { databaseId: dbid },
  });
  return (body as { items: { recoverable: string; reasons: { code: string; text: string }[] }[] }).items;
};

describe('a committed point', () => {
  it('has its judgement beside its map, and in short in the catalog, the record and the journal', async () => {
    const point = await commit(filesOfNight(sunday), [sunday]);

    expect(point.judgement).toEqual({
      number: 1,
      log: 'read',
      databases: [{ dbid, recoverable: 'yes' }],
    });
    expect(await again(point)).toEqual(point);
    expect(await readJudgement(service.vault, point)).toMatchObject({
      recoveryPointId: point.recoveryPointId,
      databases: [{ dbid, name: 'LEDGER', recoverable: 'yes', windows: [{ fileCount: 4 }] }],
    });
  });

  it('names the files that it needs of earlier points, and those say that they hold them', async () => {
    const one = await commit(filesOfNight(sunday), [sunday]);
    const two = await commit(filesOfNight(monday), [monday]);

    const { databases } = await readVerdicts(service.vault, two);
    const lacked = new Set(databases.flatMap(({ lacksFiles }) => lacksFiles));

    expect(two.judgement?.databases).toEqual([{ dbid, recoverable: 'unknown', lacks: 2 }]);
    expect(lacked.size).toBe(2);
    expect(await findHeld(service.vault, one, lacked)).toEqual([...lacked].sort());
    expect(await findHeld(service.vault, two, lacked)).toEqual([]);
  });

  it('tells retention what it needs without a look into the vault, as long as nothing lacks', async () => {
    const point = await commit(filesOfNight(sunday), [sunday]);
    const vault = { read: () => Promise.reject(new Error('the vault was read')) };

    expect(await readVerdicts(vault, point)).toEqual({
      log: 'read',
      databases: [{ dbid, recoverable: 'yes', lacksFiles: [] }],
    });
  });

  it('takes the judgement that is there, whoever wrote it', async () => {
    const one = await commit(filesOfNight(sunday), [sunday]);
    const judging = { uploadId: one.recoveryPointId, attempt: 1, number: 1 };

    expect(await judgeRecoverability(service, judging)).toEqual({ state: 'stored', number: 1 });
    const { versions } = await service.vault.listVersions({ prefix: judgementKey(one) });
    expect(versions).toHaveLength(1);
  });
});

it('promises nothing any more once the vault has lost something of its point', async () => {
  const point = await commit(filesOfNight(sunday), [sunday]);
  const { mountId, recoveryPointId, manifestSha256 } = point;
  expect(await windowsOf()).toMatchObject([{ recoverable: 'yes' }]);
  const key = `v1/mounts/${mountId}/uploads/${recoveryPointId}/manifest-${manifestSha256}.zst`;
  const damaged = new Map([[key, 'reported' as const]]);
  await noteDamage(service, mountId, { damaged, hasSeen: () => false });

  const reasons = [{ code: 'VAULT_DAMAGED', effect: 'unknown' }];
  const [found] = await windowsOf();
  expect(found).toMatchObject({ recoverable: 'unknown', windows: [] });
  expect(found?.reasons[0]).toMatchObject({ code: 'VAULT_DAMAGED', effect: 'unknown' });
  const asked = { caller: viewer, params: { recoveryPointId } };
  const { body } = await service.send('listPointDatabases', asked);
  expect(body).toMatchObject({ items: [{ recoverability: { recoverable: 'unknown' } }] });
  const shown = await service.send('showRecoveryPoint', asked);
  expect(shown.body).toMatchObject({ judgement: { recoverable: { yes: 0, unknown: 1 } } });
  const planned = await service.send('planRestore', { caller: operator, body: { recoveryPointId } });
  expect(planned.body).toMatchObject({ outcome: 'unknown', reasons });
});

describe('a point without a judgement', () => {
  const withoutJudgement = async (point: RecoveryPoint) => {
    const { judgement: _, ...rest } = await again(point);
    return rest;
  };

  it('is unknown to retention, with the databases of its map, and may hold anything', async () => {
    const point = await withoutJudgement(await commit(filesOfNight(sunday), [sunday]));

    expect(await readVerdicts(service.vault, point)).toEqual({
      log: 'missing',
      databases: [{ dbid, recoverable: 'unknown', lacksFiles: [] }],
    });
    expect(await findHeld(service.vault, point, new Set())).toBeUndefined();
  });

  it('is unknown to the API too, which says why, and never yes', async () => {
    const point = await commit(filesOfNight(sunday), [sunday]);
    service.vault.hide(judgementKey(point));

    expect(await windowsOf()).toMatchObject([{ recoverable: 'unknown', reasons: [{ code: 'NOT_JUDGED' }] }]);
    const { body } = await service.send('listPointDatabases', {
      caller: viewer,
      params: { recoveryPointId: point.recoveryPointId },
    });
    expect(body).toMatchObject({ items: [{ recoverability: { recoverable: 'unknown' } }] });
    expect(body).not.toHaveProperty('judgement');
  });

  it('is unknown where the judgement is of an earlier map', async () => {
    const point = await commit(filesOfNight(sunday), [sunday]);
    const newer = { ...point, fileMap: { state: 'stored' as const, number: 2 } };

    expect(await readJudgement(service.vault, newer)).toBeUndefined();
    expect(await findHeld(service.vault, newer, new Set())).toBeUndefined();
  });

  it.each([
    ['nothing else', []],
    ['other files', ['cf-2026-02-01']],
  ])('hides the base from the next one, which says so, where %s of its run is left', async (_, left) => {
    const one = await commit(filesOfNight(sunday), [sunday]);
    const two = await commit([...filesOfNight(monday), ...left], [monday]);
    expect(two.judgement?.databases).toEqual([{ dbid, recoverable: 'unknown', lacks: 2 }]);
    service.vault.hide(judgementKey(two));
    const three = await commit([...filesOfNight(monday), ...left], []);

    expect(one.judgement?.databases).toEqual([{ dbid, recoverable: 'yes' }]);
    // The base is known to no map any longer: each earlier point may hold it.
    expect(three.judgement?.databases).toEqual([{ dbid, recoverable: 'unknown', needsUnknown: true }]);
  });
});

describe('a late log', () => {
  it('brings new judgements of its point and of those after it, that know the base', async () => {
    const one = await commit(filesOfNight(sunday), []);
    const two = await commit(filesOfNight(monday), [monday]);
    expect(two.judgement?.databases).toEqual([{ dbid, recoverable: 'unknown', needsUnknown: true }]);
    const content = nightLog(sunday);
    const bytes = Buffer.byteLength(content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const log = {
      ...host,
      sha256,
      storedBytes: bytes,
      rawBytes: bytes,
      codec: 'none' as const,
      fileName: 'l.log',
    };
    const { key, url, headers } = await signLateLog(service, store, { uploadId: one.recoveryPointId, log });
    await service.vault.send({ method: 'PUT', url, headers, body: Uint8Array.from(Buffer.from(content)) });

    const { lineVersion = 0 } = (await service.catalog.mounts.find(mount.mountId)) ?? {};
    await takeLateLog(service, key);

    expect((await again(one)).judgement).toEqual({
      number: 2,
      log: 'read',
      databases: [{ dbid, recoverable: 'yes' }],
    });
    expect((await again(two)).judgement).toMatchObject({ number: 2, databases: [{ dbid, lacks: 2 }] });
    expect((await service.catalog.mounts.find(mount.mountId))?.lineVersion).toBe(lineVersion + 2);
  });
});

describe('a database on several mounts', () => {
  it('is unknown where one mount alone says no, in every list', async () => {
    const point = await commit(['df1-2026-02-01'], [sunday]);
    expect(await windowsOf()).toMatchObject([{ recoverable: 'no' }]);
    const { storeId, expire, maxPendingSnapshots } = mount;
    const other = await createMount(service, { storeId, name: 'other', expire, maxPendingSnapshots });
    await commit(filesOfNight(sunday), [sunday], other);

    const windows = await windowsOf();
    expect(windows.map(({ recoverable }) => recoverable).sort()).toEqual(['unknown', 'yes']);
    expect(windows.flatMap(({ reasons }) => reasons.map(({ code }) => code))).toContain('SPREAD_OVER_MOUNTS');
    const { body } = await service.send('listPointDatabases', {
      caller: viewer,
      params: { recoveryPointId: point.recoveryPointId },
    });
    expect(body).toMatchObject({ items: [{ recoverability: { recoverable: 'unknown' } }] });
    const points = await service.send('listPointsOfDatabase', {
      caller: viewer,
      params: { databaseId: dbid },
    });
    const { items } = points.body as { items: { recoverable: string }[] };
    expect(items.map(({ recoverable }) => recoverable).sort()).toEqual(['unknown', 'yes']);
  });
});

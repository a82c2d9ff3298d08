import { createHash } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import type { UploadId } from '../../../shared/domain/ids.ts';
import { toInstant } from '../../../shared/domain/instant.ts';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import { formatVaultKey } from '../../../shared/domain/vault/keys.ts';
import { type LateLog, signLateLog } from '../../../shared/usecases/databases/sign-late-log.ts';
import { readMap } from '../../../shared/usecases/databases/stored-maps.ts';
import { takeLateLog } from '../../../shared/usecases/databases/take-late-log.ts';
import { storeJournal } from '../../../shared/usecases/journal/store-journal.ts';
import { beginReclaim } from '../../../shared/usecases/reclaim/begin-reclaim.ts';
import { carryOutReclaim } from '../../../shared/usecases/reclaim/carry-out-reclaim.ts';
import { presences } from '../../domain/file-map/line.ts';
import { backup, backupSet, connected, textOf } from '../../domain/file-map/rman-session.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  type MemoryService,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

let service: MemoryService;
let mount: Mount;
let store: Caller;
beforeEach(async () => {
  service = createMemoryService();
  ({ mount, caller: store } = await createStoreAndMount(service));
});

const piece = (letter: string) => letter.repeat(1024);
const run = (handle: string) => textOf(connected(), backup(backupSet({ handle, level: 0 })));
const host = { mountpoint: '/mnt/ledger', platform: 'linux' as const, receivedAt: toInstant(0) };

async function commit(files: Readonly<Record<string, string>>, ...logs: string[]) {
  const upload = await openSnapshot(service, store, mount);
  const sent = logs.map((content) => ({ ...host, content, fileName: 'run.log' }));
  await askCommit(service, store, upload, await uploadFiles(service, store, upload, files, sent));
  return runCommit(service, upload.uploadId);
}

const rowOf = (content: string) => {
  const bytes = Buffer.byteLength(content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return {
    ...host,
    sha256,
    storedBytes: bytes,
    rawBytes: bytes,
    codec: 'none' as const,
    fileName: 'late.log',
  };
};

type Host = Partial<Pick<LateLog, 'mountpoint' | 'platform' | 'receivedAt'>>;

const announce = (uploadId: UploadId, content: string, from: Host = {}) =>
  signLateLog(service, store, { uploadId, log: { ...rowOf(content), ...from } });

async function send(uploadId: UploadId, content: string, from: Host = {}) {
  const { key, url, headers } = await announce(uploadId, content, from);
  const body = Uint8Array.from(Buffer.from(content));
  const { status } = await service.vault.send({ method: 'PUT', url, headers, body });
  return { key, status };
}

/** From the mark to the tombstone. */
async function reclaimPoint({ catalog, vault, clock }: typeof service, recoveryPointId: UploadId) {
  const of = await catalog.mounts.find(mount.mountId);
  if (of === undefined) throw new Error('there is no mount');
  const markedAt = clock.now();
  const deletion = { markedAt, reclaimAfter: markedAt, planSha256: '0'.repeat(64), because: {} as never };
  const event = { at: markedAt, kind: 'recovery-point-pending', data: { recoveryPointId, deletion } };
  const entry = nextJournalEntry(of.mountId, of.journal, event);
  const change = { deletion, expiries: [], unchanged: [], entry };
  await catalog.recoveryPoints.markForDeletion(of, recoveryPointId, change);
  clock.advance(3 * 86_400_000);
  const decideAgain = async () => ({ keep: false, unchanged: [] }) as const;
  await beginReclaim({ catalog, vault, clock, decideAgain }, recoveryPointId);
  expect(await carryOutReclaim({ catalog, vault, clock }, recoveryPointId)).toMatchObject({
    outcome: 'gone',
  });
}

async function mapOf(recoveryPointId: UploadId) {
  const point = await service.catalog.recoveryPoints.find(recoveryPointId);
  if (point?.fileMap?.state !== 'stored') throw new Error('there is no map');
  return { point, map: await readMap(service.vault, { ...point, number: point.fileMap.number }) };
}

it('a late log makes new maps for its point and those after it, and leaves the earlier ones', async () => {
  const before = await commit({ z: piece('z') });
  const first = await commit({ a: piece('a'), b: piece('b') }, run('/mnt/ledger/a'));
  const second = await commit({ a: piece('a'), b: piece('b') });

  const { key, status } = await send(first.recoveryPointId, run('/mnt/ledger/b'));
  expect(status).toBe(200);
  expect(await takeLateLog(service, key)).toEqual({ outcome: 'taken', maps: 2 });

  const { map } = await mapOf(first.recoveryPointId);
  expect(presences(map)).toEqual(['a present', 'b present']);
  expect(map.logs).toMatchObject([
    { logNumber: 1, isLate: false },
    { logNumber: 2, isLate: true, fileName: 'late.log' },
  ]);
  const after = await mapOf(second.recoveryPointId);
  expect(presences(after.map)).toEqual(['a present', 'b present']);
  expect(after.map).toMatchObject({
    number: 2,
    parent: { recoveryPointId: first.recoveryPointId, number: 2 },
  });
  expect((await mapOf(before.recoveryPointId)).map.number).toBe(1);
  expect(presences(await readMap(service.vault, { ...first, number: 1 }))).toEqual(['a present']);
});

it('a late log of a point goes on from its own map when the point before is gone, and what that said is not lost', async () => {
  const first = await commit({ a: piece('a'), b: piece('b') }, run('/mnt/ledger/a'));
  const second = await commit({ a: piece('a'), b: piece('b') }, run('/mnt/ledger/c'));
  const third = await commit({ a: piece('a'), b: piece('b') });
  const missing = (await mapOf(second.recoveryPointId)).point.warnings;
  await reclaimPoint(service, first.recoveryPointId);

  const { key } = await send(second.recoveryPointId, run('/mnt/ledger/b'));
  expect(await takeLateLog(service, key)).toEqual({ outcome: 'taken', maps: 2 });

  const { map, point } = await mapOf(second.recoveryPointId);
  expect(presences(map)).toEqual(['a present', 'c missing', 'b present']);
  expect(map).toMatchObject({ number: 2, parent: { recoveryPointId: second.recoveryPointId, number: 1 } });
  expect(point.warnings).toEqual(missing);
  expect(presences((await mapOf(third.recoveryPointId)).map)).toEqual(['a present', 'b present']);
  expect(await takeLateLog(service, key)).toEqual({ outcome: 'taken', maps: 0 });
  const again = await send(second.recoveryPointId, run('/mnt/ledger/d'));
  await takeLateLog(service, again.key);
  expect((await mapOf(second.recoveryPointId)).map).toMatchObject({ number: 3, parent: { number: 2 } });
});

it('an event that comes again makes nothing again', async () => {
  const point = await commit({ a: piece('a') });
  const { key } = await send(point.recoveryPointId, run('/mnt/ledger/a'));
  await takeLateLog(service, key);

  expect(await takeLateLog(service, key)).toEqual({ outcome: 'taken', maps: 0 });
  expect((await mapOf(point.recoveryPointId)).map.number).toBe(2);
});

it('the point becomes known under the database that only the late log names', async () => {
  const point = await commit({ a: piece('a') });
  const { key } = await send(point.recoveryPointId, run('/mnt/ledger/a'));
  await takeLateLog(service, key);

  const { items } = await service.catalog.databases.points('1234567890', { limit: 10 });
  expect(items.map(({ recoveryPointId }) => recoveryPointId)).toEqual([point.recoveryPointId]);
});

it('the journal names a late log before it can arrive', async () => {
  const point = await commit({ a: piece('a') });
  const { number } = await announce(point.recoveryPointId, run('/mnt/ledger/a'));

  const [entry] = await service.catalog.outbox.pending(mount.mountId, 10);
  expect(JSON.parse(entry?.bytes ?? '')).toMatchObject({
    kind: 'late-log',
    data: { recoveryPointId: point.recoveryPointId, log: { number, fileName: 'late.log' } },
  });
  await storeJournal(service, mount.mountId);
  expect(await service.catalog.outbox.pending(mount.mountId, 10)).toEqual([]);
});

it('asking again for one log signs for the same key and raises how long its URLs live', async () => {
  const { recoveryPointId } = await commit({ a: piece('a') }, run('/mnt/ledger/x'));
  const one = await announce(recoveryPointId, 'log');
  service.clock.advance(3_600_000);
  const other = await announce(recoveryPointId, 'log');
  const next = await announce(recoveryPointId, 'another log');

  expect(one.number).toBe(2);
  expect(other.key).toBe(one.key);
  expect(next.number).toBe(3);
  expect((await service.catalog.uploads.find(recoveryPointId))?.urlUntil).toBe(other.expiresAt);
});

it('a log that was only announced is in no map', async () => {
  const first = await commit({ a: piece('a') });
  await announce(first.recoveryPointId, run('/mnt/ledger/a'));

  const second = await commit({ a: piece('a') });

  expect((await mapOf(second.recoveryPointId)).map.logs).toEqual([]);
  expect(second.warnings).toBeUndefined();
});

it('logs of a manifest, of uploads that are not committed, and what nobody announced are none of its business', async () => {
  const { recoveryPointId: uploadId, mountId } = await commit({ a: piece('a') }, run('/mnt/ledger/a'));
  const open = await openSnapshot(service, store, mount);
  const keys = [
    formatVaultKey({ kind: 'log', mountId, uploadId, number: 1, sha256: rowOf(run('/mnt/ledger/a')).sha256 }),
    formatVaultKey({ kind: 'log', mountId, uploadId, number: 7, sha256: 'a'.repeat(64) }),
    formatVaultKey({ kind: 'log', mountId, uploadId: open.uploadId, number: 1, sha256: 'a'.repeat(64) }),
    formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256: 'a'.repeat(64) }),
    'elsewhere',
  ];

  for (const key of keys) expect(await takeLateLog(service, key)).toEqual({ outcome: 'ignored' });
});

it('is refused before the commit, after a week, and above twenty', async () => {
  const open = await openSnapshot(service, store, mount);
  await expect(announce(open.uploadId, 'log')).rejects.toMatchObject({ code: 'UPLOAD_STATE_CONFLICT' });
  const packed = await uploadFiles(service, store, open, { a: piece('a') });
  await askCommit(service, store, open, packed);
  const { recoveryPointId } = await runCommit(service, open.uploadId);
  for (let number = 1; number <= 20; number++) await announce(recoveryPointId, `log ${number}`);

  await expect(announce(recoveryPointId, 'log 21')).rejects.toMatchObject({ code: 'LATE_LOG_REFUSED' });
  service.clock.advance(8 * 86_400_000);
  await expect(announce(recoveryPointId, 'log 1')).rejects.toThrow(/more than 7 days ago/);
});

it('while a commit is under way it is taken up again, so that the new point gets its map too', async () => {
  const first = await commit({ a: piece('a') });
  const { key } = await send(first.recoveryPointId, run('/mnt/ledger/a'));
  const upload = await openSnapshot(service, store, mount);
  await askCommit(service, store, upload, await uploadFiles(service, store, upload, { a: piece('a') }));

  await expect(takeLateLog(service, key)).rejects.toMatchObject({ code: 'COMMIT_CONFLICT' });
  await runCommit(service, upload.uploadId);
  await takeLateLog(service, key);

  expect(presences((await mapOf(upload.uploadId)).map)).toEqual(['a present']);
});

const later = (hours: number) => toInstant(hours * 3_600_000);

/** Sends a log again, and answers how many maps it makes. */
async function sendAgain(uploadId: UploadId, content: string, from: Host) {
  const { key } = await send(uploadId, content, from);
  return takeLateLog(service, key);
}

it('the log of the snapshot sent again with the right mountpoint gives the point and those after it the right map', async () => {
  const log = run('/backup/a');
  const first = await commit({ a: piece('a') }, log);
  const second = await commit({ a: piece('a') });
  expect(presences((await mapOf(first.recoveryPointId)).map)).toEqual(['/backup/a elsewhere']);

  const outcome = await sendAgain(first.recoveryPointId, log, {
    mountpoint: '/backup',
    receivedAt: later(1),
  });

  expect(outcome).toEqual({ outcome: 'taken', maps: 2 });
  const { map } = await mapOf(first.recoveryPointId);
  expect(map.number).toBe(2);
  expect(presences(map)).toEqual(['a present']);
  expect(map.logs).toMatchObject([{ logNumber: 1, mountpoint: '/backup' }]);
  expect(presences((await mapOf(second.recoveryPointId)).map)).toEqual(['a present']);
  expect(presences(await readMap(service.vault, { ...first, number: 1 }))).toEqual(['/backup/a elsewhere']);
});

it('a late log sent again with another mountpoint or platform counts as it was sent last', async () => {
  const { recoveryPointId } = await commit({ a: piece('a') });
  const log = run('/backup/a');

  await sendAgain(recoveryPointId, log, { mountpoint: '/elsewhere' });
  await sendAgain(recoveryPointId, log, { mountpoint: '/backup', receivedAt: later(1) });
  const right = await mapOf(recoveryPointId);
  await sendAgain(recoveryPointId, log, { mountpoint: '/backup', platform: 'windows', receivedAt: later(2) });
  const ofWindows = await mapOf(recoveryPointId);
  await sendAgain(recoveryPointId, log, { mountpoint: '/elsewhere', receivedAt: later(3) });
  const wrongAgain = await mapOf(recoveryPointId);

  expect([right, ofWindows, wrongAgain].map(({ map }) => map.number)).toEqual([3, 4, 5]);
  expect(presences(right.map)).toEqual(['a present']);
  expect(ofWindows.map.logs).toMatchObject([{ platform: 'windows', isLate: true }]);
  expect(presences(wrongAgain.map)).toEqual(['/backup/a elsewhere']);
});

it('a log that the gateway got earlier and sends on later does not win, nor does one that never arrives', async () => {
  const log = run('/backup/a');
  const { recoveryPointId } = await commit({ a: piece('a') }, log);

  await sendAgain(recoveryPointId, log, { mountpoint: '/backup', receivedAt: later(2) });
  await sendAgain(recoveryPointId, log, { mountpoint: '/elsewhere', receivedAt: later(1) });
  await announce(recoveryPointId, log, { mountpoint: '/nowhere', receivedAt: later(3) });
  await sendAgain(recoveryPointId, run('/backup/x'), { mountpoint: '/backup', receivedAt: later(4) });

  expect(presences((await mapOf(recoveryPointId)).map)).toEqual(['a present', 'x missing']);
});

it('a log sent again counts as it was sent last also where the points before are gone', async () => {
  const log = run('/backup/a');
  const first = await commit({ b: piece('b') }, run('/mnt/ledger/b'));
  const second = await commit({ a: piece('a'), b: piece('b') }, log);
  await reclaimPoint(service, first.recoveryPointId);

  await sendAgain(second.recoveryPointId, log, { mountpoint: '/backup', receivedAt: later(1) });
  const { map } = await mapOf(second.recoveryPointId);
  const { key } = await announce(second.recoveryPointId, log, {
    mountpoint: '/backup',
    receivedAt: later(1),
  });

  expect(map).toMatchObject({ number: 2, logs: [{}, { logNumber: 1, mountpoint: '/backup' }] });
  expect(presences(map)).toEqual(['b present', 'a present']);
  expect(await takeLateLog(service, key)).toEqual({ outcome: 'taken', maps: 0 });
});

import { zstdCompressSync } from 'node:zlib';
import { beforeEach, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import { toInstant } from '../../../shared/domain/instant.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import { formatVaultKey } from '../../../shared/domain/vault/keys.ts';
import { recordRecoveryPoint } from '../../../shared/usecases/commit/record-recovery-point.ts';
import { verifyManifest } from '../../../shared/usecases/commit/verify-manifest.ts';
import { buildFileMap } from '../../../shared/usecases/databases/build-file-map.ts';
import { loadParse } from '../../../shared/usecases/databases/log-parses.ts';
import { readLogs } from '../../../shared/usecases/databases/read-logs.ts';
import { readMap } from '../../../shared/usecases/databases/stored-maps.ts';
import { presences } from '../../domain/file-map/line.ts';
import { backup, backupSet, connected, deletedPiece, textOf } from '../../domain/file-map/rman-session.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  type LogFile,
  type MemoryService,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

let service: MemoryService;
let mount: Mount;
let caller: Caller;
beforeEach(async () => {
  service = createMemoryService();
  ({ mount, caller } = await createStoreAndMount(service));
});

const piece = (letter: string) => letter.repeat(1024);
const log = (content: string | Uint8Array, fileName = 'run.log'): LogFile => ({
  content,
  fileName,
  mountpoint: '/mnt/ledger',
  platform: 'linux',
  receivedAt: toInstant(0),
});
const run = (handle: string) => textOf(connected(), backup(backupSet({ handle, level: 0 })));

async function upload(files: Readonly<Record<string, string>>, logs: readonly LogFile[] = []) {
  const opened = await openSnapshot(service, caller, mount);
  const uploaded = await uploadFiles(service, caller, opened, files, logs);
  await askCommit(service, caller, opened, uploaded);
  return opened;
}

async function commit(files: Readonly<Record<string, string>>, logs: readonly LogFile[] = []) {
  const { uploadId } = await upload(files, logs);
  const point = await runCommit(service, uploadId);
  if (point.fileMap?.state !== 'stored') throw new Error('there is no map');
  return { point, map: await readMap(service.vault, { ...point, number: point.fileMap.number }) };
}

it('a point is recorded with its stored map, and the next one goes on from it', async () => {
  const first = await commit({ 'db/a': piece('a') }, [log(run('/mnt/ledger/db/a'))]);
  const second = await commit({ 'db/a': piece('a'), 'db/b': piece('b') }, [log(run('/mnt/ledger/db/b'))]);

  expect(first.point).toMatchObject({ fileMap: { state: 'stored', number: 1 } });
  expect(first.point.warnings).toBeUndefined();
  expect(presences(first.map)).toEqual(['db/a present']);
  expect(presences(second.map)).toEqual(['db/a present', 'db/b present']);
  expect(second.map).toMatchObject({
    seq: 2,
    parent: { recoveryPointId: first.point.recoveryPointId, number: 1 },
  });
});

it('S24: a log that names what the snapshot lacks gives a committed point with a warning', async () => {
  const { point } = await commit({ 'notes.txt': 'n' }, [log(run('/mnt/ledger/db/a'))]);

  expect(point.state).toBe('available');
  expect(point.warnings).toEqual([
    { code: 'FILES_MISSING', text: 'the logs name files that the snapshot lacks: db/a' },
  ]);
});

it.for([
  ['of bytes', Buffer.from([0, 1, 2, 3, 0, 255, 254, 0]), 'LOG_UNREADABLE'],
  [
    'with CRLF and an echo of a piece',
    textOf(['RMAN> # piece handle=/mnt/ledger/x tag=T'], connected()).replaceAll('\n', '\r\n'),
    'LOG_TRUNCATED',
  ],
  ['that is empty', '', 'LOG_TRUNCATED'],
] as const)('S25: a log %s never stops a commit', async ([, content, code]) => {
  const { point, map } = await commit({ a: piece('a') }, [log(content), log(run('/mnt/ledger/a'))]);

  expect(point.warnings).toMatchObject([{ code, text: expect.stringContaining('run.log') }]);
  expect(presences(map)).toEqual(['a present']);
});

it('S27: a log without an end warns that RMAN may still have been writing', async () => {
  const text = run('/mnt/ledger/a').replace(/Finished backup.*\n/, '');

  const { point } = await commit({ a: piece('a') }, [log(text)]);

  expect(point.warnings).toMatchObject([{ code: 'LOG_TRUNCATED', text: expect.stringContaining('run.log') }]);
});

it('a failed backup and a changed piece are warnings of the point', async () => {
  await commit({ a: piece('a') }, [log(run('/mnt/ledger/a'))]);
  const failed = textOf(connected(), [
    'Starting backup at 2026-03-02 01:00:00',
    'RMAN-00571: ===========================================================',
    'RMAN-00569: =============== ERROR MESSAGE STACK FOLLOWS ===============',
    'RMAN-03002: failure of backup command at 03/02/2026 01:00:01',
    'ORA-19809: limit exceeded for recovery files',
  ]);

  const { point } = await commit({ a: piece('x') }, [log(failed)]);

  expect(point.warnings?.map(({ code }) => code)).toEqual(['BACKUP_FAILED', 'FILES_CHANGED']);
});

it('a point without any log has a map of what names say, and of nothing else', async () => {
  const { point, map } = await commit({ 'c-12-20260301-00': piece('c'), 'x.txt': 'x' });

  expect(point.warnings).toBeUndefined();
  expect(map).toMatchObject({
    inferred: [{ kind: 'autobackup', dbid: '12' }],
    additional: { files: 1, bytes: 1 },
  });
});

it('a log is read once: its parse stays, whoever reads it again', async () => {
  const { uploadId, mountId } = await upload({ a: piece('a') }, [log(run('/mnt/ledger/a'))]);
  const isParse = ({ key }: { key: string }) => key.endsWith('.map.json.zst');
  const list = async () => (await service.vault.listVersions({ prefix: `v1/mounts/${mountId}/` })).versions;

  await readLogs(service, { uploadId, attempt: 1 });
  const before = (await list()).filter(isParse);
  expect(await readLogs(service, { uploadId, attempt: 1 })).toEqual({ logs: 1, unreadable: 0 });

  expect((await list()).filter(isParse)).toEqual(before);
  expect(before).toHaveLength(1);
  const [, number = '', sha256 = ''] = /logs\/(\d+)-([0-9a-f]{64})/.exec(before[0]?.key ?? '') ?? [];
  const row = { number: Number(number), sha256 };
  expect(await loadParse(service.vault, { mountId, uploadId }, row)).toMatchObject({
    version: 1,
    outcome: 'parsed',
  });
});

it('a parse of another version is refused by name', async () => {
  const { uploadId, mountId } = await upload({ a: piece('a') });
  const row = { number: 1, sha256: 'a'.repeat(64) };
  const key = formatVaultKey({ kind: 'log-map', mountId, uploadId, ...row });
  await service.vault.putOnce(key, zstdCompressSync('{"version":2,"outcome":"parsed"}'));

  await expect(loadParse(service.vault, { mountId, uploadId }, row)).rejects.toThrow(/version 2/);
});

it('a map made again is the same object; another one under the same point has its own number', async () => {
  const { uploadId } = await upload({ a: piece('a') }, [log(run('/mnt/ledger/a'))]);
  const unread = await buildFileMap(service, { uploadId, attempt: 1 });
  await readLogs(service, { uploadId, attempt: 1 });

  const made = await buildFileMap(service, { uploadId, attempt: 1 });

  expect(unread).toMatchObject({ fileMap: { number: 1 }, warnings: [{ code: 'LOG_UNREADABLE' }] });
  expect(made).toEqual({ fileMap: { state: 'stored', number: 2 }, warnings: [] });
  expect(await buildFileMap(service, { uploadId, attempt: 1 })).toEqual(made);
});

it('logs of points whose map failed count in the next map', async () => {
  await commit({ a: piece('a') }, [log(run('/mnt/ledger/a'))]);
  const { uploadId } = await upload({ a: piece('a'), b: piece('b') }, [log(run('/mnt/ledger/b'))]);
  const totals = await verifyManifest(service, { uploadId, attempt: 1 });
  await readLogs(service, { uploadId, attempt: 1 });
  const failed = { fileMap: { state: 'failed' as const, reason: 'INTERNAL: x' }, warnings: [] };
  await recordRecoveryPoint(service, { uploadId, attempt: 1, totals, map: failed });

  const { map } = await commit({ a: piece('a'), b: piece('b') }, [
    log(textOf(connected(), deletedPiece('/mnt/ledger/none'))),
  ]);

  expect(presences(map)).toEqual(['a present', 'b present']);
  expect(map.parent).toMatchObject({ number: 1 });
});

it('a map that is lost or damaged costs what it said, not the maps after it', async () => {
  const first = await commit({ a: piece('a') }, [log(run('/mnt/ledger/a'))]);
  const { mountId, recoveryPointId: uploadId } = first.point;
  service.vault.hide(formatVaultKey({ kind: 'file-map', mountId, uploadId, number: 1 }));

  const second = await commit({ a: piece('a'), b: piece('b') }, [log(run('/mnt/ledger/b'))]);
  const third = await commit({ a: piece('a'), b: piece('b') });

  expect(second.point.warnings?.map(({ code }) => code)).toEqual(['HISTORY_UNKNOWN']);
  expect(presences(second.map)).toEqual(['b present']);
  expect(second.map.additional.files).toBe(1);
  expect(third.point.warnings).toBeUndefined();
  expect(presences(third.map)).toEqual(['b present']);
});

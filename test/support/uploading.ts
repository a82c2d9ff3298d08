import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { StoredObject } from '../../gateway/mover/ports.ts';
import type { LogToUpload } from '../../gateway/mover/upload/upload-logs.ts';
import { uploadSnapshot } from '../../gateway/mover/upload/upload-snapshot.ts';
import type { Caller } from '../../shared/domain/access.ts';
import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import type { Mount } from '../../shared/domain/mount.ts';
import type { Upload } from '../../shared/domain/upload.ts';
import { recordRecoveryPoint } from '../../shared/usecases/commit/record-recovery-point.ts';
import { requestCommit } from '../../shared/usecases/commit/request-commit.ts';
import { verifyManifest } from '../../shared/usecases/commit/verify-manifest.ts';
import { verifyObjects } from '../../shared/usecases/commit/verify-objects.ts';
import { buildFileMap } from '../../shared/usecases/databases/build-file-map.ts';
import { judgeRecoverability } from '../../shared/usecases/databases/judge-recoverability.ts';
import { readLogs } from '../../shared/usecases/databases/read-logs.ts';
import { storeJournal } from '../../shared/usecases/journal/store-journal.ts';
import { createMount } from '../../shared/usecases/mounts/create-mount.ts';
import { registerStore } from '../../shared/usecases/stores/register-store.ts';
import { openUpload } from '../../shared/usecases/uploads/open-upload.ts';
import { signUpload } from '../../shared/usecases/uploads/sign-upload.ts';
import type { createMemoryService } from './memory-service.ts';

export type MemoryService = ReturnType<typeof createMemoryService>;

/** A store with one mount, and the store as a caller. */
export async function createStoreAndMount(service: MemoryService, expire = '1w') {
  const { store } = await registerStore(service, { name: 'store-1' });
  const { storeId } = store;
  const mount = await createMount(service, { storeId, name: 'mount-1', expire, maxPendingSnapshots: 3 });
  const caller: Caller = { credentialId: 'store-token', role: 'store', storeId };
  return { mount, caller };
}

let snapshots = 0;
/** Opens the upload of a new snapshot. */
export const openSnapshot = (service: MemoryService, caller: Caller, { mountId }: Mount): Promise<Upload> => {
  const number = ++snapshots;
  return openUpload(service, caller, {
    mountId,
    snapshotId: `01J${String(number).padStart(23, '0')}`,
    snapName: `UID_${number}`,
    requestedAt: service.clock.now(),
  });
};

/** Sends an object through its signed URL, as the gateway does; answers the vault's status. */
export async function sendObject(
  service: MemoryService,
  caller: Caller,
  { uploadId, fence }: Upload,
  object: StoredObject,
  bytes: Uint8Array,
): Promise<number> {
  const { urls } = await signUpload(service, caller, { uploadId, fence, objects: [object] });
  const [signed] = urls;
  if (signed === undefined) throw new Error('no URL was signed');
  const { url, headers } = signed;
  const { status } = await service.vault.send({ method: 'PUT', url, headers, body: Uint8Array.from(bytes) });
  return status;
}

export interface UploadedFiles {
  readonly manifestSha256: string;
  readonly manifestBytes: number;
  readonly objects: readonly { readonly object: StoredObject; readonly bytes: Buffer }[];
}

/** A log as the DBA's script sends it. */
export type LogFile = Omit<LogToUpload, 'path'> & { readonly content: string | Uint8Array };

/** Everything a snapshot of these files brings to the vault, in order, without sending it. */
export async function packFiles(
  service: MemoryService,
  { uploadId, mountId, parent, requestedAt, openedAt, snapName }: Upload,
  files: Readonly<Record<string, string | Uint8Array>>,
  logs: readonly LogFile[] = [],
): Promise<UploadedFiles> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-files-'));
  const folders = [root];
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
    const logFolder = await mkdtemp(join(tmpdir(), 'holdfast-logs-'));
    folders.push(logFolder);
    const logPaths = logs.map(({ content, ...log }, index) => ({
      ...log,
      content,
      path: join(logFolder, `${index}`),
    }));
    for (const { path, content } of logPaths) await writeFile(path, content);
    const objects: { object: StoredObject; bytes: Buffer }[] = [];
    const target = {
      async put(object: StoredObject, bytes: Buffer) {
        objects.push({ object, bytes: Buffer.from(bytes) });
      },
    };
    const identity = {
      mountId,
      uploadId,
      parent: parent ?? null,
      requestedAt,
      serviceAt: openedAt,
      snapName,
    };
    const clock = () => new Date(service.clock.now());
    return { ...(await uploadSnapshot({ root, identity, logs: logPaths, target, clock })), objects };
  } finally {
    for (const folder of folders) await rm(folder, { recursive: true });
  }
}

/** Sends all objects of some files. */
export async function uploadFiles(
  service: MemoryService,
  caller: Caller,
  upload: Upload,
  files: Readonly<Record<string, string | Uint8Array>> = { 'data.dbf': 'some bytes' },
  logs: readonly LogFile[] = [],
): Promise<UploadedFiles> {
  const packed = await packFiles(service, upload, files, logs);
  for (const { object, bytes } of packed.objects) await sendObject(service, caller, upload, object, bytes);
  return packed;
}

export const askCommit = (
  service: MemoryService,
  caller: Caller,
  { uploadId, fence }: Upload,
  { manifestSha256, manifestBytes }: Pick<UploadedFiles, 'manifestSha256' | 'manifestBytes'>,
) => requestCommit(service, caller, { uploadId, fence, manifestSha256, manifestBytes });

/** The steps of the commit workflow, one after the other. */
export async function runCommit(service: MemoryService, uploadId: UploadId, attempt = 1) {
  const totals = await verifyManifest(service, { uploadId, attempt });
  await verifyObjects(service, { uploadId, attempt });
  await readLogs(service, { uploadId, attempt });
  const map = await buildFileMap(service, { uploadId, attempt });
  const { number } = map.fileMap;
  const judging = await judgeRecoverability(service, { uploadId, attempt, number });
  const point = await recordRecoveryPoint(service, { uploadId, attempt, totals, map, judging });
  await storeJournal(service, point.mountId);
  return point;
}

export const listPoints = (service: MemoryService, mountId: MountId) =>
  service.catalog.recoveryPoints.list({ mountId }, { limit: 100 });

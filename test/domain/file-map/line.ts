import { createHash } from 'node:crypto';
import type { FileMap, Platform } from '../../../shared/domain/file-map/file-map.ts';
import { foldFileMap } from '../../../shared/domain/file-map/fold.ts';
import { readLog } from '../../../shared/domain/file-map/read-log.ts';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import { toInstant } from '../../../shared/domain/instant.ts';
import type { ManifestEntry } from '../../../shared/domain/vault/manifest-rows.ts';

export interface TestLog {
  readonly text: string | Uint8Array;
  readonly platform?: Platform;
  readonly mountpoint?: string;
  readonly fileName?: string;
}

const mountId = 'mnt-01JWS0GFN8ZQ2H5V7Y3R4T6WXA' as MountId;
const hash = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A file of so many blocks of 512 bytes; other content has another letter. */
export const file = (path: string, content = 'a', sizeBytes = 8192): ManifestEntry => ({
  type: 'file',
  path: Buffer.from(path),
  mode: 0o640,
  uid: 54321,
  gid: 54321,
  mtimeNs: 0n,
  size: sizeBytes,
  leafBytes: 8192,
  digest: hash(`${content} ${sizeBytes}`),
  holes: [],
  segments: [],
});

/** The map of the next point of a line: its files, and the logs that came with it. */
export async function nextMap(
  parent: FileMap | undefined,
  entries: readonly ManifestEntry[],
  logs: readonly (string | TestLog)[],
): Promise<FileMap> {
  const seq = (parent?.seq ?? 0) + 1;
  const uploadId = `01JWS0M3D4FGHJKMNPQRSTV${String(seq).padStart(3, '0')}` as UploadId;
  const folded = logs.map(async (each, index) => {
    const {
      text,
      platform = 'linux',
      mountpoint = '/mnt/ledger',
      fileName = `run-${seq}-${index}.log`,
    } = typeof each === 'string' ? { text: each } : each;
    const bytes = Buffer.from(text as string);
    const parse = await readLog(chunks(bytes), { sha256: hash(bytes), rawBytes: bytes.length, fileName });
    const receivedAt = toInstant(Date.UTC(2026, 2, seq, 2));
    return {
      uploadId,
      seq,
      logNumber: index + 1,
      fileName,
      mountpoint,
      platform,
      receivedAt,
      isLate: false,
      parse,
    };
  });
  async function* stream() {
    yield* entries;
  }
  const identity = {
    mountId,
    recoveryPointId: uploadId,
    number: 1,
    seq,
    takenAt: toInstant(Date.UTC(2026, 2, seq, 1)),
    manifestSha256: hash(uploadId),
    ...(parent && { parent: { recoveryPointId: parent.recoveryPointId, number: parent.number } }),
  };
  return foldFileMap(identity, parent, await Promise.all(folded), stream());
}

async function* chunks(bytes: Buffer) {
  yield bytes;
}

/** Every file that a map names, as `path presence`. */
export const presences = (map: FileMap): string[] =>
  map.databases.flatMap(({ backupSets, imageCopies, autobackups, archivedLogCopies, controlFileCopies }) =>
    [
      ...backupSets.flatMap(({ pieces }) => pieces),
      ...imageCopies,
      ...autobackups,
      ...archivedLogCopies,
      ...controlFileCopies,
    ].map(({ path, handle, presence }) => `${path ?? handle} ${presence}`),
  );

export const doubtCodes = (map: FileMap): string[] => map.doubts.map(({ code }) => code);

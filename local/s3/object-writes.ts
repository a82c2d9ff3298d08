import { randomBytes } from 'node:crypto';
import { type Encryption, hasOpaqueEtag } from './encryption.ts';
import { effectiveLock } from './object-lock.ts';
import { checkWriteConditions, isConditional, readWriteConditions } from './preconditions.ts';
import type { S3Call } from './s3-call.ts';
import { type CreationReason, reportCreated } from './s3-events.ts';
import type { S3Service } from './s3-service.ts';
import { NULL_VERSION, type StoredObject } from './stored-version.ts';
import { wholeSeconds } from './times.ts';
import { makeVersionId } from './version-index.ts';

/** A new object; its body is stored already. */
export type ObjectContent = Pick<
  StoredObject,
  'sizeBytes' | 'etag' | 'bodyId' | 'attributes' | 'checksum' | 'parts' | 'lock' | 'tags'
>;

export type CommittedObject = Omit<StoredObject, 'isCurrent'>;

/**
 * Runs a write under the conditions of its request: checked now, before any body is read, and by `recheck`,
 * which belongs into the transaction that makes the object visible.
 */
export async function underConditions<T>(
  call: S3Call,
  service: S3Service,
  write: (recheck: () => void) => Promise<T>,
): Promise<T> {
  const conditions = readWriteConditions(call.headers);
  if (!isConditional(conditions)) return write(() => {});
  const current = () => service.versions.current(call.bucket, call.key);
  checkWriteConditions(conditions, current(), undefined);
  const pending = service.pendingWrites.begin(call.bucket, call.key);
  try {
    return await write(() => checkWriteConditions(conditions, current(), pending));
  } finally {
    service.pendingWrites.end(pending);
  }
}

/**
 * Makes a stored body the current version of the call's key, with its event, in one transaction. `within`
 * runs first in it and may refuse; the body is then removed.
 */
export async function commitObject(
  call: S3Call,
  service: S3Service,
  content: ObjectContent,
  reason: CreationReason,
  within: () => void,
): Promise<CommittedObject> {
  const { versions, bodies, database, outbox } = service;
  let replacedBody: string | undefined;
  let object: CommittedObject;
  try {
    object = database.transaction(() => {
      within();
      const bucket = service.buckets.get(call.bucket);
      const { versioning } = bucket;
      const replaced =
        versioning === 'Enabled' ? undefined : versions.byId(call.bucket, call.key, NULL_VERSION);
      if (replaced !== undefined) versions.remove(call.bucket, replaced);
      if (replaced?.isDeleteMarker === false) replacedBody = replaced.bodyId;
      const seq = database.nextSeq();
      const versionId = versioning === 'Enabled' ? makeVersionId(seq) : NULL_VERSION;
      const lastModified = wholeSeconds(service.clock());
      const added = {
        ...content,
        lock: effectiveLock(content.lock, bucket, lastModified),
        key: call.key,
        seq,
        versionId,
        lastModified,
        isDeleteMarker: false,
      } as const;
      versions.insertCurrent(call.bucket, added);
      reportCreated(call, service, added, reason);
      return added;
    });
  } catch (cause) {
    await bodies.remove([content.bodyId]);
    throw cause;
  }
  outbox.wake();
  if (replacedBody !== undefined) await bodies.remove([replacedBody]);
  return object;
}

/** ETag of a body that came as a whole: its MD5, but for objects under a KMS key. */
export function makeEtag(encryption: Encryption, md5: string | undefined): string {
  return hasOpaqueEtag(encryption) || md5 === undefined ? randomBytes(16).toString('hex') : md5;
}

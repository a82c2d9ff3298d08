import { checkVersionId } from '../find-object.ts';
import { refuseLockedDelete, refuseUselessBypass } from '../lock-enforcement.ts';
import { checkIfMatch } from '../preconditions.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { notImplemented } from '../s3-error.ts';
import { reportDeleted } from '../s3-events.ts';
import type { S3Service } from '../s3-service.ts';
import { NULL_VERSION, type StoredVersion } from '../stored-version.ts';
import { wholeSeconds } from '../times.ts';
import { makeVersionId } from '../version-index.ts';
import type { DeleteRequest } from './permissions.ts';

export interface DeleteOutcome {
  /** The version that is gone for good, when the request named one. */
  readonly versionId?: string;
  /** A delete marker was made or removed. */
  readonly isDeleteMarker: boolean;
  /** Of the marker that was made. */
  readonly markerVersionId?: string;
  /** Of the removed object. */
  readonly freedBody?: string | undefined;
}

export function readDeleteRequest(call: S3Call): DeleteRequest {
  return {
    key: call.key,
    versionId: call.query.get('versionId'),
    etag: call.headers.get('if-match')?.trim().replaceAll('"', ''),
  };
}

export async function deleteObject(call: S3Call, service: S3Service): Promise<S3Answer> {
  refuseUselessBypass(call, service.buckets.get(call.bucket));
  const request = readDeleteRequest(call);
  const outcome = service.database.transaction(() => applyDelete(call, service, request));
  await finishDeletes(service, [outcome]);
  const versionId = outcome.versionId ?? outcome.markerVersionId;
  return {
    status: 204,
    headers: {
      ...(outcome.isDeleteMarker && { 'x-amz-delete-marker': 'true' }),
      ...(versionId !== undefined && { 'x-amz-version-id': versionId }),
    },
  };
}

/** One deletion, within a transaction. What does not exist counts as deleted. */
export function applyDelete(call: S3Call, service: S3Service, request: DeleteRequest): DeleteOutcome {
  const { key, versionId, etag } = request;
  if (versionId !== undefined) checkVersionId(versionId);
  if (etag !== undefined) {
    // AWS evaluates the condition against the current version only.
    if (versionId !== undefined) throw notImplemented('A conditional delete of a named version');
    const current = service.versions.current(call.bucket, key);
    checkIfMatch(etag, current?.isDeleteMarker ? undefined : current);
  }
  service.pendingWrites.noteDelete(call.bucket, key);
  const { versioning } = service.buckets.get(call.bucket);
  if (versionId !== undefined) return removeVersion(call, service, key, versionId);
  if (versioning !== 'Off') return addMarker(call, service, key, versioning === 'Suspended');
  const { freedBody } = removeVersion(call, service, key, NULL_VERSION);
  return { isDeleteMarker: false, freedBody };
}

/** What is to be done once the deletions are committed. */
export async function finishDeletes(service: S3Service, outcomes: readonly DeleteOutcome[]): Promise<void> {
  service.outbox.wake();
  const freed = outcomes.map(({ freedBody }) => freedBody).filter((body) => body !== undefined);
  await service.bodies.remove(freed);
}

function removeVersion(call: S3Call, service: S3Service, key: string, versionId: string): DeleteOutcome {
  const found = service.versions.byId(call.bucket, key, versionId);
  if (found === undefined) return { versionId, isDeleteMarker: false };
  if (!found.isDeleteMarker) refuseLockedDelete(call, service, found);
  service.versions.remove(call.bucket, found);
  const seq = service.database.nextSeq();
  reportDeleted(call, service, { key, versionId, type: 'Permanently Deleted', seq });
  return { versionId, isDeleteMarker: found.isDeleteMarker, freedBody: bodyOf(found) };
}

/** While versioning is suspended the marker takes the place of the version `null`, which is lost. */
function addMarker(call: S3Call, service: S3Service, key: string, replacesNull: boolean): DeleteOutcome {
  const { database, versions } = service;
  const replaced = replacesNull ? versions.byId(call.bucket, key, NULL_VERSION) : undefined;
  if (replaced !== undefined) versions.remove(call.bucket, replaced);
  const seq = database.nextSeq();
  const versionId = replacesNull ? NULL_VERSION : makeVersionId(seq);
  const lastModified = wholeSeconds(service.clock());
  versions.insertCurrent(call.bucket, { seq, key, versionId, lastModified, isDeleteMarker: true });
  reportDeleted(call, service, { key, versionId, type: 'Delete Marker Created', seq });
  return { isDeleteMarker: true, markerVersionId: versionId, freedBody: replaced && bodyOf(replaced) };
}

function bodyOf(version: StoredVersion): string | undefined {
  return version.isDeleteMarker ? undefined : version.bodyId;
}

import { decide } from './authorize.ts';
import type { S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';
import type { S3Service } from './s3-service.ts';
import type { StoredObject, StoredVersion } from './stored-version.ts';
import { httpDate } from './times.ts';
import { isVersionId } from './version-index.ts';

/** The object that a read asks for: the named version, or the current one. Throws S3's errors for the rest. */
export function findObject(call: S3Call, service: S3Service): StoredObject {
  const versionId = call.query.get('versionId');
  const found =
    versionId === undefined
      ? service.versions.current(call.bucket, call.key)
      : findVersion(service, call.bucket, call.key, versionId);
  if (found === undefined) throw hideFromNonListers(call, service, noSuchKey());
  if (!found.isDeleteMarker) return found;
  const markerHeaders = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': found.versionId };
  if (versionId === undefined) throw hideFromNonListers(call, service, noSuchKey(markerHeaders));
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    headers: { ...markerHeaders, allow: 'DELETE', 'last-modified': httpDate(found.lastModified) },
  });
}

/**
 * The object whose tags, lock or copy a request is about. A delete marker has none of them, also when it is
 * the current version.
 */
export function findTarget(call: S3Call, service: S3Service): StoredObject {
  const versionId = call.query.get('versionId');
  const found =
    versionId === undefined
      ? service.versions.current(call.bucket, call.key)
      : findVersion(service, call.bucket, call.key, versionId);
  if (found === undefined) throw noSuchKey();
  if (!found.isDeleteMarker) return found;
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    details: { Method: call.method, ResourceType: 'DeleteMarker' },
    headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': found.versionId, allow: 'DELETE' },
  });
}

/** Throws NoSuchVersion, or InvalidArgument for what cannot be a version id. */
export function findVersion(
  service: S3Service,
  bucket: string,
  key: string,
  versionId: string,
): StoredVersion {
  checkVersionId(versionId);
  const found = service.versions.byId(bucket, key, versionId);
  if (found !== undefined) return found;
  throw new S3Error('NoSuchVersion', 'The specified version does not exist.', {
    details: { Key: key, VersionId: versionId },
  });
}

export function checkVersionId(versionId: string): void {
  if (isVersionId(versionId)) return;
  throw new S3Error('InvalidArgument', 'Invalid version id specified', {
    details: { ArgumentName: 'versionId', ArgumentValue: versionId },
  });
}

export function noSuchKey(headers: Record<string, string> = {}): S3Error {
  return new S3Error('NoSuchKey', 'The specified key does not exist.', { headers });
}

/** Who may not list a bucket does not learn from a read whether a key exists: S3 answers 403 then. */
function hideFromNonListers(call: S3Call, service: S3Service, error: S3Error): S3Error {
  const { allowed, by } = decide(call, service, { action: 's3:ListBucket', bucket: call.bucket });
  if (allowed) return error;
  const { principalArn } = call.authentication.caller;
  return new S3Error(
    'AccessDenied',
    `User: ${principalArn} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::${call.bucket}" (${by}), so a missing key is not told from a hidden one`,
  );
}

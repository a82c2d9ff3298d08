import { listContext, type Permission, writeContext } from '../authorize.ts';
import type { S3Call } from '../s3-call.ts';

/** What the operations of S3 need, as AWS lists it under "Required permissions for Amazon S3 API operations". */

export function readPermission(bucket: string, key: string, versionId: string | undefined): Permission {
  return versionId === undefined
    ? { action: 's3:GetObject', bucket, key }
    : { action: 's3:GetObjectVersion', bucket, key, context: { 's3:VersionId': versionId } };
}

export function readPermissions(call: S3Call): Permission[] {
  return [readPermission(call.bucket, call.key, call.query.get('versionId'))];
}

export function attributesPermissions(call: S3Call): Permission[] {
  const { bucket, key } = call;
  const versionId = call.query.get('versionId');
  const action = versionId === undefined ? 's3:GetObjectAttributes' : 's3:GetObjectVersionAttributes';
  return [{ action, bucket, key, context: { 's3:VersionId': versionId } }, ...readPermissions(call)];
}

/** A write that makes an object visible. If-Match lets the caller probe an ETag, so it needs reading, too. */
export function creationPermissions(call: S3Call): Permission[] {
  const { bucket, key } = call;
  const write: Permission = { action: 's3:PutObject', bucket, key, context: writeContext(call, true) };
  return call.headers.has('if-match') ? [write, { action: 's3:GetObject', bucket, key }] : [write];
}

/** A write that only prepares an object. */
export function preparationPermissions(call: S3Call): Permission[] {
  const { bucket, key } = call;
  return [{ action: 's3:PutObject', bucket, key, context: writeContext(call, false) }];
}

export interface DeleteRequest {
  readonly key: string;
  readonly versionId: string | undefined;
  /** If-Match: without quotes, or `*`. */
  readonly etag: string | undefined;
}

export function deletePermissions(bucket: string, { key, versionId, etag }: DeleteRequest): Permission[] {
  if (versionId !== undefined) {
    return [{ action: 's3:DeleteObjectVersion', bucket, key, context: { 's3:VersionId': versionId } }];
  }
  const remove: Permission = { action: 's3:DeleteObject', bucket, key, context: { 's3:if-match': etag } };
  const probesEtag = etag !== undefined && etag !== '*';
  return probesEtag ? [remove, { action: 's3:GetObject', bucket, key }] : [remove];
}

export function listPermissions(action: 's3:ListBucket' | 's3:ListBucketVersions') {
  return (call: S3Call): Permission[] => [{ action, bucket: call.bucket, context: listContext(call) }];
}

export function bucketPermission(action: Permission['action']) {
  return ({ bucket }: S3Call): Permission[] => [{ action, bucket }];
}

export function objectPermission(action: Permission['action']) {
  return ({ bucket, key }: S3Call): Permission[] => [{ action, bucket, key }];
}

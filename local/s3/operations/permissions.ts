import { type Context, listContext, type Permission, writeContext } from '../authorize.ts';
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
  const probe: Permission[] = call.headers.has('if-match') ? [{ action: 's3:GetObject', bucket, key }] : [];
  return [write, ...probe, ...extraPermissions(call, write.context)];
}

/** A write that only prepares an object. */
export function preparationPermissions(call: S3Call): Permission[] {
  const { bucket, key } = call;
  const context = writeContext(call, false);
  return [{ action: 's3:PutObject', bucket, key, context }, ...extraPermissions(call, context)];
}

/** What a write brings along beside its bytes. */
function extraPermissions({ bucket, key, headers }: S3Call, context: Context | undefined): Permission[] {
  const extras = [
    ['x-amz-tagging', 's3:PutObjectTagging'],
    ['x-amz-object-lock-mode', 's3:PutObjectRetention'],
    ['x-amz-object-lock-legal-hold', 's3:PutObjectLegalHold'],
  ] as const;
  return extras
    .filter(([header]) => headers.has(header))
    .map(([, action]) => ({ action, bucket, key, ...(context !== undefined && { context }) }));
}

export function tagPermission(
  verb: 'Get' | 'Put' | 'Delete',
  bucket: string,
  key: string,
  versionId: string | undefined,
): Permission {
  return versionId === undefined
    ? { action: `s3:${verb}ObjectTagging`, bucket, key }
    : { action: `s3:${verb}ObjectVersionTagging`, bucket, key, context: { 's3:VersionId': versionId } };
}

export function tagPermissions(verb: 'Get' | 'Delete') {
  return ({ bucket, key, query }: S3Call): Permission[] => [
    tagPermission(verb, bucket, key, query.get('versionId')),
  ];
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

/** A lock brings versioning along, so AWS asks for all three. */
export function createBucketPermissions({ bucket, headers }: S3Call): Permission[] {
  const create: Permission = { action: 's3:CreateBucket', bucket };
  if (headers.get('x-amz-bucket-object-lock-enabled')?.toLowerCase() !== 'true') return [create];
  return [
    create,
    { action: 's3:PutBucketVersioning', bucket },
    { action: 's3:PutBucketObjectLockConfiguration', bucket },
  ];
}

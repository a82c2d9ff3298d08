import { createReadStream } from 'node:fs';
import { COPY_REFUSAL, refuseArchived } from '../archive.ts';
import { authorize } from '../authorize.ts';
import { parseAlgorithm } from '../checksums.ts';
import { encryptionHeaders, hasOpaqueEtag } from '../encryption.ts';
import { findVersion, noSuchKey } from '../find-object.ts';
import { newVersionHeader, readAttributes, type WrittenAttributes } from '../object-headers.ts';
import { readLock } from '../object-lock.ts';
import { readTaggingHeader, type Tags } from '../object-tags.ts';
import { commitObject, makeEtag, underConditions } from '../object-writes.ts';
import { digestChunks } from '../payload.ts';
import { checkCopyConditions } from '../preconditions.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { notImplemented, S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import type { StoredObject } from '../stored-version.ts';
import { isoDate } from '../times.ts';
import { toXml } from '../xml.ts';
import { readPermission, tagPermission } from './permissions.ts';

interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** Copies the bytes: the copy is an object of its own, whatever happens to the source. */
export async function copyObject(call: S3Call, service: S3Service): Promise<S3Answer> {
  const source = readCopySource(call.headers.get('x-amz-copy-source') ?? '');
  service.buckets.get(source.bucket);
  authorize(call, service, readPermission(source.bucket, source.key, source.versionId));
  const original = findSource(service, source);
  checkCopyConditions(call.headers, original);
  refuseArchived(original, call.now, COPY_REFUSAL);
  const bucket = service.buckets.get(call.bucket);
  const attributes = copiedAttributes(call, service, source, original);
  const { encryption } = attributes;
  const tags = copiedTags(call, service, source, original);
  const lock = readLock(call, bucket);
  const algorithm = readAlgorithm(call) ?? original.checksum.algorithm;

  const fd = service.bodies.open(original.bodyId);
  const stream = createReadStream('', { fd, highWaterMark: 1 << 20 });
  try {
    return await underConditions(call, service, async (recheck) => {
      const payload = digestChunks(stream, original.sizeBytes, algorithm, !hasOpaqueEtag(encryption));
      const { bodyId, sizeBytes, md5, checksum } = await service.bodies.write(payload);
      const content = {
        bodyId,
        sizeBytes,
        etag: makeEtag(encryption, md5),
        checksum,
        attributes,
        lock,
        tags,
      };
      const copy = await commitObject(call, service, content, 'CopyObject', recheck);
      const sourceVersioning = service.buckets.get(source.bucket).versioning;
      return {
        status: 200,
        headers: {
          ...newVersionHeader(copy.versionId),
          ...encryptionHeaders(encryption),
          ...(sourceVersioning === 'Off' ? {} : { 'x-amz-copy-source-version-id': original.versionId }),
        },
        body: toXml('CopyObjectResult', {
          LastModified: isoDate(copy.lastModified),
          ETag: `"${copy.etag}"`,
          ChecksumType: checksum.type,
          [`Checksum${checksum.algorithm}`]: checksum.value,
        }),
      };
    });
  } finally {
    stream.destroy();
  }
}

function readCopySource(header: string): CopySource {
  if (header.startsWith('arn:')) throw notImplemented('A copy source given as an ARN');
  const [path = '', parameters] = header.split('?', 2);
  const match = /^versionId=(.+)$/.exec(parameters ?? '');
  let decoded: string;
  try {
    decoded = decodeURIComponent(path).replace(/^\//, '');
  } catch {
    decoded = '';
  }
  const slash = decoded.indexOf('/');
  if (slash < 1 || slash === decoded.length - 1 || (parameters !== undefined && match === null)) {
    throw new S3Error('InvalidArgument', 'Invalid copy source: it must be bucket/key, URL-encoded.', {
      details: { ArgumentName: 'x-amz-copy-source', ArgumentValue: header },
    });
  }
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1), versionId: match?.[1] };
}

function findSource(service: S3Service, source: CopySource): StoredObject {
  const { bucket, key, versionId } = source;
  const found =
    versionId === undefined
      ? service.versions.current(bucket, key)
      : findVersion(service, bucket, key, versionId);
  if (found !== undefined && !found.isDeleteMarker) {
    if (found.sizeBytes <= service.limits.maxPutBytes) return found;
    throw new S3Error(
      'InvalidRequest',
      `The specified copy source is larger than the maximum allowable size for a copy source: ${service.limits.maxPutBytes}`,
    );
  }
  if (versionId === undefined) throw noSuchKey();
  throw new S3Error(
    'InvalidRequest',
    'The source of a copy request may not specifically refer to a delete marker by version id.',
  );
}

function copiedAttributes(
  call: S3Call,
  service: S3Service,
  source: CopySource,
  original: StoredObject,
): WrittenAttributes {
  const given = readAttributes(call, service);
  const directive = call.headers.get('x-amz-metadata-directive') ?? 'COPY';
  if (directive === 'REPLACE') return given;
  if (directive !== 'COPY') throw new S3Error('InvalidArgument', `Unknown metadata directive: ${directive}`);
  const isOntoItself = source.bucket === call.bucket && source.key === call.key && !source.versionId;
  const changesEncryption = call.headers.has('x-amz-server-side-encryption');
  if (isOntoItself && !changesEncryption && given.storageClass === original.attributes.storageClass) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  return { ...original.attributes, storageClass: given.storageClass, encryption: given.encryption };
}

/** Tags go along with the copy, which needs both permissions for them, or are replaced by the request's. */
function copiedTags(
  call: S3Call,
  service: S3Service,
  source: CopySource,
  original: StoredObject,
): Tags | undefined {
  const given = readTaggingHeader(call.headers.get('x-amz-tagging'));
  const directive = call.headers.get('x-amz-tagging-directive') ?? 'COPY';
  if (directive === 'REPLACE') return given;
  if (directive !== 'COPY') throw new S3Error('InvalidArgument', `Unknown tagging directive: ${directive}`);
  if (given !== undefined) {
    throw notImplemented('x-amz-tagging without x-amz-tagging-directive: REPLACE, which S3 would ignore,');
  }
  if (original.tags !== undefined) {
    authorize(call, service, tagPermission('Get', source.bucket, source.key, source.versionId));
    authorize(call, service, tagPermission('Put', call.bucket, call.key, undefined));
  }
  return original.tags;
}

function readAlgorithm(call: S3Call) {
  const name = call.headers.get('x-amz-checksum-algorithm');
  const algorithm = name === undefined ? undefined : parseAlgorithm(name);
  if (name !== undefined && algorithm === undefined) {
    throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  }
  return algorithm;
}

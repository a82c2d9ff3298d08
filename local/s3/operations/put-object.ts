import { encryptionHeaders, hasOpaqueEtag } from '../encryption.ts';
import { checksumHeaders, newVersionHeader, readAttributes } from '../object-headers.ts';
import { readLock, refuseUndigestedLock } from '../object-lock.ts';
import { readTaggingHeader } from '../object-tags.ts';
import { commitObject, makeEtag, underConditions } from '../object-writes.ts';
import { openPayload } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import type { S3Service } from '../s3-service.ts';

export function putObject(call: S3Call, service: S3Service): Promise<S3Answer> {
  const bucket = service.buckets.get(call.bucket);
  const attributes = readAttributes(call, service);
  const tags = readTaggingHeader(call.headers.get('x-amz-tagging'));
  const lock = readLock(call, bucket);
  refuseUndigestedLock(call, lock, bucket, 'Put Object');
  return underConditions(call, service, async (recheck) => {
    const payload = openPayload(call, {
      maxBytes: service.limits.maxPutBytes,
      needsMd5: !hasOpaqueEtag(attributes.encryption),
    });
    const { bodyId, sizeBytes, md5, checksum } = await service.bodies.write(payload);
    const content = {
      bodyId,
      sizeBytes,
      etag: makeEtag(attributes.encryption, md5),
      checksum,
      attributes,
      lock,
      tags,
    };
    const object = await commitObject(call, service, content, 'PutObject', recheck);
    return {
      status: 200,
      headers: {
        etag: `"${object.etag}"`,
        ...newVersionHeader(object.versionId),
        ...encryptionHeaders(attributes.encryption),
        ...checksumHeaders(object),
      },
    };
  });
}

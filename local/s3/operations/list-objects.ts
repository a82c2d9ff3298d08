import { behindMarker, collectPage, keyWriter, type ListRequest, readListRequest } from '../list-page.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import type { StoredObject } from '../stored-version.ts';
import { isoDate } from '../times.ts';
import { behindKey, endOfPrefix } from '../version-index.ts';
import { toXml, type XmlElement } from '../xml.ts';
import { ownerElement } from './owner.ts';
import { restoreStatusWriter } from './restore-status.ts';

/** The older form: pages go on behind a key in place of a token, and owners are always told. */
export function listObjects(call: S3Call, service: S3Service): S3Answer {
  const request = readListRequest(call, 'max-keys', service.limits.maxPageEntries);
  const write = keyWriter(call);
  const marker = call.query.get('marker') ?? '';
  const page = collectObjects(call, service, request, behindMarker(marker, request));
  const statusOf = restoreStatusWriter(call, service);
  const body = toXml('ListBucketResult', {
    Name: call.bucket,
    Prefix: write(request.prefix),
    Marker: write(marker),
    // S3 gives it with a delimiter only; otherwise the last key is the marker.
    NextMarker: page.next && page.last && request.delimiter !== '' ? write(lastName(page.last)) : undefined,
    MaxKeys: request.maxEntries,
    Delimiter: request.delimiter === '' ? undefined : write(request.delimiter),
    EncodingType: call.query.get('encoding-type'),
    IsTruncated: page.next !== undefined,
    Contents: page.entries.map((object) =>
      contentElement(object, write, { owner: ownerElement(service), restoreStatus: statusOf(object) }),
    ),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: write(prefix) })),
  });
  return { status: 200, body };
}

export function listObjectsV2(call: S3Call, service: S3Service): S3Answer {
  const request = readListRequest(call, 'max-keys', service.limits.maxPageEntries);
  const write = keyWriter(call);
  const token = call.query.get('continuation-token');
  const startAfter = call.query.get('start-after');
  const start = token === undefined ? behindKey(startAfter ?? '') : readToken(token);
  const page = collectObjects(call, service, request, start);
  const owner = call.query.get('fetch-owner') === 'true' ? ownerElement(service) : undefined;
  const statusOf = restoreStatusWriter(call, service);
  const body = toXml('ListBucketResult', {
    Name: call.bucket,
    Prefix: write(request.prefix),
    StartAfter: startAfter && write(startAfter),
    ContinuationToken: token,
    NextContinuationToken: page.next?.toString('base64url'),
    KeyCount: page.entries.length + page.commonPrefixes.length,
    MaxKeys: request.maxEntries,
    Delimiter: request.delimiter === '' ? undefined : write(request.delimiter),
    EncodingType: call.query.get('encoding-type'),
    IsTruncated: page.next !== undefined,
    Contents: page.entries.map((object) =>
      contentElement(object, write, { owner, restoreStatus: statusOf(object) }),
    ),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: write(prefix) })),
  });
  return { status: 200, body };
}

function collectObjects(call: S3Call, service: S3Service, request: ListRequest, start: Buffer) {
  return collectPage<StoredObject, Buffer>(
    {
      fetch: (from, limit) => service.versions.objects(call.bucket, { from, prefix: request.prefix }, limit),
      behind: (object) => behindKey(object.key),
      behindPrefix: endOfPrefix,
    },
    start,
    request,
  );
}

function contentElement(
  object: StoredObject,
  write: (key: string) => string,
  {
    owner,
    restoreStatus,
  }: { readonly owner: XmlElement | undefined; readonly restoreStatus: XmlElement | undefined },
): XmlElement {
  return {
    Key: write(object.key),
    LastModified: isoDate(object.lastModified),
    ETag: `"${object.etag}"`,
    ChecksumAlgorithm: object.checksum.algorithm,
    ChecksumType: object.checksum.type,
    Size: object.sizeBytes,
    Owner: owner,
    StorageClass: object.attributes.storageClass,
    RestoreStatus: restoreStatus,
  };
}

function lastName(last: { readonly entry: StoredObject } | { readonly commonPrefix: string }): string {
  return 'entry' in last ? last.entry.key : last.commonPrefix;
}

/** The token is the place to go on from, so it stays right when keys come and go between two pages. */
function readToken(token: string): Buffer {
  const from = Buffer.from(token, 'base64url');
  if (token !== '' && from.toString('base64url') === token) return from;
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
    details: { ArgumentName: 'continuation-token' },
  });
}

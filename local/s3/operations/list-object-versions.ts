import { checkVersionId } from '../find-object.ts';
import { behindMarker, collectPage, keyWriter, type ListRequest, readListRequest } from '../list-page.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import { NULL_VERSION, type StoredVersion } from '../stored-version.ts';
import { isoDate } from '../times.ts';
import { endOfPrefix, seqOfVersionId, type VersionPosition } from '../version-index.ts';
import { toXml, type XmlElement } from '../xml.ts';
import { ownerElement } from './owner.ts';
import { restoreStatusWriter } from './restore-status.ts';

export function listObjectVersions(call: S3Call, service: S3Service): S3Answer {
  const request = readListRequest(call, 'max-keys', service.limits.maxPageEntries);
  const write = keyWriter(call);
  const keyMarker = call.query.get('key-marker') ?? '';
  const versionMarker = call.query.get('version-id-marker') ?? '';
  const page = collectPage<StoredVersion, VersionPosition>(
    {
      fetch: (position, limit) => service.versions.versionsFrom(call.bucket, request.prefix, position, limit),
      behind: ({ key, seq }) => ({ key, seq }),
      behindPrefix: (prefix) => ({ from: endOfPrefix(prefix) }),
    },
    readStart(call, service, request, keyMarker, versionMarker),
    request,
  );
  const objects = page.entries.filter((version) => !version.isDeleteMarker);
  const markers = page.entries.filter((version) => version.isDeleteMarker);
  const statusOf = restoreStatusWriter(call, service);
  const body = toXml('ListVersionsResult', {
    Name: call.bucket,
    Prefix: write(request.prefix),
    KeyMarker: write(keyMarker),
    VersionIdMarker: versionMarker,
    ...(page.next === undefined ? {} : nextMarkers(page.last, write)),
    MaxKeys: request.maxEntries,
    Delimiter: request.delimiter === '' ? undefined : write(request.delimiter),
    EncodingType: call.query.get('encoding-type'),
    IsTruncated: page.next !== undefined,
    Version: objects.map((object) => ({
      ...entryElement(object, service, write),
      ETag: `"${object.etag}"`,
      ChecksumAlgorithm: object.checksum.algorithm,
      ChecksumType: object.checksum.type,
      Size: object.sizeBytes,
      StorageClass: object.attributes.storageClass,
      RestoreStatus: statusOf(object),
    })),
    DeleteMarker: markers.map((marker) => entryElement(marker, service, write)),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: write(prefix) })),
  });
  return { status: 200, body };
}

function readStart(
  call: S3Call,
  service: S3Service,
  request: ListRequest,
  keyMarker: string,
  versionMarker: string,
): VersionPosition {
  if (versionMarker === '') return { from: behindMarker(keyMarker, request) };
  if (keyMarker === '') {
    throw new S3Error('InvalidArgument', 'A version-id marker cannot be specified without a key marker.');
  }
  checkVersionId(versionMarker);
  if (versionMarker !== NULL_VERSION) return { key: keyMarker, seq: seqOfVersionId(versionMarker) };
  const nullVersion = service.versions.byId(call.bucket, keyMarker, NULL_VERSION);
  // Where a deleted `null` version stood is not known: rather list versions of its key twice than skip one.
  return nullVersion === undefined
    ? { from: Buffer.from(keyMarker) }
    : { key: keyMarker, seq: nullVersion.seq };
}

function nextMarkers(
  last: { readonly entry: StoredVersion } | { readonly commonPrefix: string } | undefined,
  write: (key: string) => string,
): XmlElement {
  if (last === undefined) return {};
  if ('commonPrefix' in last) return { NextKeyMarker: write(last.commonPrefix) };
  return { NextKeyMarker: write(last.entry.key), NextVersionIdMarker: last.entry.versionId };
}

function entryElement(
  version: StoredVersion,
  service: S3Service,
  write: (key: string) => string,
): XmlElement {
  return {
    Key: write(version.key),
    VersionId: version.versionId,
    IsLatest: version.isCurrent,
    LastModified: isoDate(version.lastModified),
    Owner: ownerElement(service),
  };
}

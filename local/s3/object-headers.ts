import type { Versioning } from './bucket-registry.ts';
import { checksumHeader } from './checksums.ts';
import { type Encryption, encryptionHeaders, readEncryption } from './encryption.ts';
import type { S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';
import type { S3Service } from './s3-service.ts';
import { STORAGE_CLASSES, type StorageClass } from './storage-class.ts';
import { NULL_VERSION, type ObjectAttributes, type StoredObject } from './stored-version.ts';
import { httpDate } from './times.ts';

const SYSTEM_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];
const METADATA_PREFIX = 'x-amz-meta-';
/** Sum of names and values. */
const MAX_METADATA_BYTES = 2048;

/** Every object that is written now says how it is encrypted. */
export type WrittenAttributes = ObjectAttributes & { readonly encryption: Encryption };

/** Reads what a write says about its object. */
export function readAttributes(call: S3Call, service: S3Service): WrittenAttributes {
  const { headers } = call;
  refuseAcl(headers.get('x-amz-acl'));
  const stored: Record<string, string> = {};
  for (const name of SYSTEM_HEADERS) {
    const value = name === 'content-encoding' ? contentEncoding(headers.get(name)) : headers.get(name);
    if (value !== undefined) stored[name] = value;
  }
  const metadata: Record<string, string> = {};
  let metadataBytes = 0;
  for (const [name, value] of headers) {
    if (!name.startsWith(METADATA_PREFIX)) continue;
    const shortName = name.slice(METADATA_PREFIX.length);
    metadata[shortName] = value;
    metadataBytes += shortName.length + Buffer.byteLength(value, 'latin1');
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size.', {
      details: { Size: String(metadataBytes), MaxSizeAllowed: String(MAX_METADATA_BYTES) },
    });
  }
  return {
    headers: stored,
    metadata,
    storageClass: readStorageClass(headers.get('x-amz-storage-class')),
    encryption: readEncryption(call, service.buckets.get(call.bucket), service),
  };
}

/** Headers of GetObject and HeadObject that do not depend on the range. */
export function objectHeaders(object: StoredObject, versioning: Versioning): Record<string, string> {
  const { attributes } = object;
  const metadata = Object.entries(attributes.metadata).map(([name, value]) => [
    METADATA_PREFIX + name,
    value,
  ]);
  return {
    ...Object.fromEntries(metadata),
    'content-type': 'binary/octet-stream',
    ...attributes.headers,
    etag: `"${object.etag}"`,
    'last-modified': httpDate(object.lastModified),
    'accept-ranges': 'bytes',
    ...versionHeader(object.versionId, versioning),
    ...encryptionHeaders(attributes.encryption),
    ...(attributes.storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': attributes.storageClass }),
  };
}

export function checksumHeaders({ checksum }: Pick<StoredObject, 'checksum'>): Record<string, string> {
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** Buckets that never had versioning do not speak of versions. */
export function versionHeader(versionId: string, versioning: Versioning): Record<string, string> {
  return versioning === 'Off' ? {} : { 'x-amz-version-id': versionId };
}

/** Of a version that was just written: S3 does not speak of the version `null` there. */
export function newVersionHeader(versionId: string): Record<string, string> {
  return versionId === NULL_VERSION ? {} : { 'x-amz-version-id': versionId };
}

function readStorageClass(name: string | undefined): StorageClass {
  if (name === undefined) return 'STANDARD';
  const storageClass = STORAGE_CLASSES.find((one) => one === name);
  if (storageClass !== undefined) return storageClass;
  throw new S3Error('InvalidStorageClass', `The storage class you specified is not valid: ${name}`);
}

/** As a bucket whose owner owns all objects does (the default): the one ACL that changes nothing passes. */
function refuseAcl(acl: string | undefined): void {
  if (acl === undefined || acl === 'bucket-owner-full-control') return;
  throw new S3Error('AccessControlListNotSupported', 'The bucket does not allow ACLs');
}

/** aws-chunked is how the body travelled, not what it is. */
function contentEncoding(value: string | undefined): string | undefined {
  const kept = value?.split(',').filter((one) => one.trim().toLowerCase() !== 'aws-chunked');
  return kept === undefined || kept.length === 0 ? undefined : kept.join(',').trim();
}

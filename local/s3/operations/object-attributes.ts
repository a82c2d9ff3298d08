import type { Checksum } from '../checksums.ts';
import { findObject } from '../find-object.ts';
import { versionHeader } from '../object-headers.ts';
import { readInteger, type S3Answer, type S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import type { StoredObject } from '../stored-version.ts';
import { httpDate } from '../times.ts';
import { toXml, type XmlElement } from '../xml.ts';

const ATTRIBUTES = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

export function getObjectAttributes(call: S3Call, service: S3Service): S3Answer {
  const wanted = readWanted(call.headers.get('x-amz-object-attributes'));
  const object = findObject(call, service);
  const has = (name: string) => wanted.includes(name);
  const body = toXml('GetObjectAttributesResponse', {
    ETag: has('ETag') ? object.etag : undefined,
    Checksum: has('Checksum') ? checksumElement(object.checksum) : undefined,
    ObjectParts: has('ObjectParts') ? partsElement(call, service, object) : undefined,
    StorageClass: has('StorageClass') ? object.attributes.storageClass : undefined,
    ObjectSize: has('ObjectSize') ? object.sizeBytes : undefined,
  });
  const headers = {
    'last-modified': httpDate(object.lastModified),
    ...versionHeader(object.versionId, service.buckets.get(call.bucket).versioning),
  };
  return { status: 200, headers, body };
}

export function checksumElement({ algorithm, type, value }: Checksum): XmlElement {
  return { [`Checksum${algorithm}`]: value, ChecksumType: type };
}

function readWanted(header: string | undefined): string[] {
  const wanted = (header ?? '').split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !ATTRIBUTES.includes(name));
  if (unknown === undefined) return wanted;
  throw new S3Error('InvalidArgument', `Invalid attribute name specified: "${unknown}"`, {
    details: { ArgumentName: 'x-amz-object-attributes' },
  });
}

function partsElement(call: S3Call, service: S3Service, object: StoredObject): XmlElement | undefined {
  if (object.parts === undefined) return undefined;
  const { maxPageEntries } = service.limits;
  const marker = readInteger('part-number-marker', call.headers.get('x-amz-part-number-marker'), 0, 10_000);
  const max = readInteger('max-parts', call.headers.get('x-amz-max-parts'), maxPageEntries, 2 ** 31 - 1);
  const page = object.parts.slice(marker, marker + Math.min(max, maxPageEntries));
  const next = marker + page.length;
  return {
    PartsCount: object.parts.length,
    PartNumberMarker: marker,
    NextPartNumberMarker: next,
    MaxParts: max,
    IsTruncated: next < object.parts.length,
    Part: page.map((part, i) => ({
      PartNumber: marker + i + 1,
      Size: part.sizeBytes,
      [`Checksum${part.checksum.algorithm}`]: part.checksum.value,
    })),
  };
}

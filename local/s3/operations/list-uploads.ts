import { collectPage, keyWriter, readListRequest } from '../list-page.ts';
import { readInteger, type S3Answer, type S3Call } from '../s3-call.ts';
import type { S3Service } from '../s3-service.ts';
import { isoDate } from '../times.ts';
import type { Upload } from '../upload-index.ts';
import { behindKey, endOfPrefix } from '../version-index.ts';
import { toXml } from '../xml.ts';
import { abortHeaders, findUpload } from './multipart-upload.ts';
import { ownerElement } from './owner.ts';

export function listParts(call: S3Call, service: S3Service): S3Answer {
  const upload = findUpload(call, service);
  const { maxPageEntries } = service.limits;
  const marker = readInteger('part-number-marker', call.query.get('part-number-marker'), 0, 10_000);
  const asked = readInteger('max-parts', call.query.get('max-parts'), maxPageEntries, 2 ** 31 - 1);
  const maxParts = Math.min(asked, maxPageEntries);
  const rest = service.uploads.parts(upload.id).filter((part) => part.number > marker);
  const page = rest.slice(0, maxParts);
  const owner = ownerElement(service);
  const body = toXml('ListPartsResult', {
    Bucket: call.bucket,
    Key: call.key,
    UploadId: upload.id,
    Initiator: owner,
    Owner: owner,
    StorageClass: upload.attributes.storageClass,
    ChecksumAlgorithm: upload.checksum.algorithm,
    ChecksumType: upload.checksum.type,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? marker,
    MaxParts: maxParts,
    IsTruncated: page.length < rest.length && maxParts > 0,
    Part: page.map((part) => ({
      PartNumber: part.number,
      LastModified: isoDate(part.lastModified),
      ETag: `"${part.etag}"`,
      Size: part.sizeBytes,
      [`Checksum${part.checksum.algorithm}`]: part.checksum.value,
    })),
  });
  return { status: 200, headers: abortHeaders(service, upload), body };
}

/** Behind which key and upload of that key a page starts. */
interface Position {
  readonly from: Buffer;
  readonly uploads: readonly Upload[];
}

export function listMultipartUploads(call: S3Call, service: S3Service): S3Answer {
  const request = readListRequest(call, 'max-uploads', service.limits.maxPageEntries);
  const write = keyWriter(call);
  const keyMarker = call.query.get('key-marker') ?? '';
  const idMarker = call.query.get('upload-id-marker') ?? '';
  // Uploads in progress are few, so a page is cut from all of them.
  const matching = service.uploads.list(call.bucket).filter(({ key }) => key.startsWith(request.prefix));
  const behind = (upload: Upload): Position => ({
    from: Buffer.from(upload.key),
    uploads: matching.slice(matching.indexOf(upload) + 1),
  });
  const marked = matching.find(({ key, id }) => key === keyMarker && id === idMarker);
  const page = collectPage<Upload, Position>(
    {
      fetch: ({ from, uploads }, limit) =>
        uploads.filter(({ key }) => Buffer.compare(Buffer.from(key), from) >= 0).slice(0, limit),
      behind,
      behindPrefix: (prefix) => ({ from: endOfPrefix(prefix), uploads: matching }),
    },
    marked === undefined ? { from: behindKey(keyMarker), uploads: matching } : behind(marked),
    request,
  );
  const owner = ownerElement(service);
  const body = toXml('ListMultipartUploadsResult', {
    Bucket: call.bucket,
    KeyMarker: write(keyMarker),
    UploadIdMarker: idMarker,
    ...(page.next !== undefined && page.last !== undefined ? nextMarkers(page.last, write) : {}),
    Prefix: write(request.prefix),
    Delimiter: request.delimiter === '' ? undefined : write(request.delimiter),
    EncodingType: call.query.get('encoding-type'),
    MaxUploads: request.maxEntries,
    IsTruncated: page.next !== undefined,
    Upload: page.entries.map((upload) => ({
      Key: write(upload.key),
      UploadId: upload.id,
      Initiator: owner,
      Owner: owner,
      StorageClass: upload.attributes.storageClass,
      Initiated: isoDate(upload.initiated),
      ChecksumAlgorithm: upload.checksum.algorithm,
      ChecksumType: upload.checksum.type,
    })),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: write(prefix) })),
  });
  return { status: 200, body };
}

function nextMarkers(
  last: { readonly entry: Upload } | { readonly commonPrefix: string },
  write: (key: string) => string,
) {
  if ('commonPrefix' in last) return { NextKeyMarker: write(last.commonPrefix), NextUploadIdMarker: '' };
  return { NextKeyMarker: write(last.entry.key), NextUploadIdMarker: last.entry.id };
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  CHECKSUM_ALGORITHMS,
  type Checksum,
  type ChecksumAlgorithm,
  checksumHeader,
  composeChecksums,
} from '../checksums.ts';
import { encryptionHeaders } from '../encryption.ts';
import { checksumMismatch } from '../integrity.ts';
import { newVersionHeader } from '../object-headers.ts';
import { commitObject, underConditions } from '../object-writes.ts';
import { digestChunks, readDocument } from '../payload.ts';
import { readInteger, type S3Answer, type S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import type { Upload, UploadedPart } from '../upload-index.ts';
import { elementsOf, type ParsedXml, parseXml, textOf, toXml } from '../xml.ts';
import { findUpload } from './multipart-upload.ts';

/** 10,000 parts with a checksum each. */
const MAX_DOCUMENT_BYTES = 4 * 2 ** 20;

interface NamedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
}

/** Joins the parts in one body, so that an object is one file however it came. */
export async function completeMultipartUpload(call: S3Call, service: S3Service): Promise<S3Answer> {
  const upload = findUpload(call, service);
  refuseOtherType(call, upload);
  const document = parseXml(
    await readDocument(withoutChecksums(call), MAX_DOCUMENT_BYTES),
    'CompleteMultipartUpload',
    ['Part'],
  );
  const named = elementsOf(document, 'Part').map((part) => readNamedPart(part, upload));
  const parts = selectParts(service, upload, named);
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  refuseOtherSize(call, sizeBytes);

  return underConditions(call, service, async (recheck) => {
    // The parts may be replaced, or the upload aborted or completed, while they are joined.
    const checkParts = () => {
      findUpload(call, service);
      const isSame = (part: UploadedPart, i: number) => part.bodyId === parts[i]?.bodyId;
      if (!selectParts(service, upload, named).every(isSame)) throw invalidPart();
    };
    const joined = readParts(service, parts, checkParts);
    const payload = digestChunks(joined, sizeBytes, upload.checksum.algorithm, false);
    const { bodyId, checksum: ofBytes } = await service.bodies.write(payload);
    const checksum = objectChecksum(upload, parts, ofBytes);
    let freed: string[] = [];
    const content = {
      bodyId,
      sizeBytes,
      etag: multipartEtag(parts),
      checksum,
      attributes: upload.attributes,
      lock: upload.lock,
      tags: upload.tags,
      parts: parts.map((part) => ({ sizeBytes: part.sizeBytes, checksum: part.checksum })),
    };
    const object = await commitObject(call, service, content, 'CompleteMultipartUpload', () => {
      recheck();
      refuseOtherChecksum(call, checksum);
      checkParts();
      freed = service.uploads.remove(upload.id);
    });
    await service.bodies.remove(freed);
    return {
      status: 200,
      headers: {
        ...newVersionHeader(object.versionId),
        ...encryptionHeaders(upload.attributes.encryption),
      },
      body: toXml('CompleteMultipartUploadResult', {
        Location: `/${call.bucket}/${call.key}`,
        Bucket: call.bucket,
        Key: call.key,
        ETag: `"${object.etag}"`,
        [`Checksum${checksum.algorithm}`]: checksum.value,
        ChecksumType: checksum.type,
      }),
    };
  });
}

function readNamedPart(element: ParsedXml, upload: Upload): NamedPart {
  const number = Number(textOf(element, 'PartNumber') ?? Number.NaN);
  const etag = textOf(element, 'ETag');
  if (!Number.isInteger(number) || etag === undefined) {
    throw new S3Error('MalformedXML', 'Each Part needs a PartNumber and an ETag.');
  }
  const given = CHECKSUM_ALGORITHMS.map((name) => [name, textOf(element, `Checksum${name}`)] as const);
  const checksums = new Map(
    given.filter((pair): pair is [ChecksumAlgorithm, string] => pair[1] !== undefined),
  );
  const { algorithm, type, isExplicit } = upload.checksum;
  if (isExplicit && type === 'COMPOSITE' && !checksums.has(algorithm)) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    );
  }
  return { number, etag: etag.trim().replaceAll('"', ''), checksums };
}

function selectParts(service: S3Service, upload: Upload, named: readonly NamedPart[]): UploadedPart[] {
  if (named.length === 0) throw new S3Error('MalformedXML', 'You must specify at least one part');
  if (named.some(({ number }, i) => i > 0 && number <= (named[i - 1]?.number ?? 0))) {
    throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
  }
  const stored = new Map(service.uploads.parts(upload.id).map((part) => [part.number, part]));
  return named.map((namedPart, i) => {
    const { number } = namedPart;
    const part = stored.get(number);
    if (part === undefined || !isSamePart(part, namedPart)) throw invalidPart();
    if (i < named.length - 1 && part.sizeBytes < service.limits.minPartBytes) {
      throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
        details: {
          PartNumber: String(number),
          ProposedSize: String(part.sizeBytes),
          MinSizeAllowed: String(service.limits.minPartBytes),
        },
      });
    }
    return part;
  });
}

function isSamePart({ etag, checksum }: UploadedPart, named: NamedPart): boolean {
  const given = [...named.checksums];
  return (
    etag === named.etag &&
    given.every(([algorithm, value]) => algorithm === checksum.algorithm && value === checksum.value)
  );
}

async function* readParts(
  service: S3Service,
  parts: readonly UploadedPart[],
  checkParts: () => void,
): AsyncGenerator<Buffer> {
  for (const part of parts) {
    checkParts();
    const fd = service.bodies.open(part.bodyId);
    yield* createReadStream('', { fd, highWaterMark: 1 << 20 });
  }
}

function objectChecksum(upload: Upload, parts: readonly UploadedPart[], ofBytes: Checksum): Checksum {
  if (upload.checksum.type === 'FULL_OBJECT') return ofBytes;
  const values = parts.map(({ checksum }) => checksum.value);
  return composeChecksums(upload.checksum.algorithm, values);
}

/** MD5 over the parts' MD5s and their number: how S3 marks an object that came in parts. */
function multipartEtag(parts: readonly UploadedPart[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}

/** Here x-amz-checksum-* speaks of the object, not of the document in the body. */
function withoutChecksums(call: S3Call): S3Call {
  const headers = new Map([...call.headers].filter(([name]) => !name.startsWith('x-amz-checksum-')));
  return { ...call, headers };
}

function refuseOtherChecksum(call: S3Call, checksum: Checksum): void {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const expected = call.headers.get(checksumHeader(algorithm));
    if (expected === undefined) continue;
    if (algorithm !== checksum.algorithm || expected !== checksum.value) throw checksumMismatch(algorithm);
  }
}

function refuseOtherType(call: S3Call, upload: Upload): void {
  const type = call.headers.get('x-amz-checksum-type');
  if (type === undefined || type.toUpperCase() === upload.checksum.type) return;
  throw new S3Error(
    'InvalidRequest',
    `The upload was created with the checksum type ${upload.checksum.type}; the complete request must use the same one.`,
  );
}

function refuseOtherSize(call: S3Call, sizeBytes: number): void {
  const expected = readInteger(
    'x-amz-mp-object-size',
    call.headers.get('x-amz-mp-object-size'),
    sizeBytes,
    10 ** 10,
  );
  if (expected === sizeBytes) return;
  throw new S3Error(
    'InvalidRequest',
    `The object has ${sizeBytes} bytes, not the ${expected} of x-amz-mp-object-size.`,
  );
}

function invalidPart(): S3Error {
  return new S3Error(
    'InvalidPart',
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  );
}

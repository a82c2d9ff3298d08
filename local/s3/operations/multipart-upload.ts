import {
  type ChecksumAlgorithm,
  type ChecksumType,
  DEFAULT_ALGORITHM,
  parseAlgorithm,
} from '../checksums.ts';
import { encryptionHeaders } from '../encryption.ts';
import { plannedAbort } from '../lifecycle-rules.ts';
import { checksumHeaders, readAttributes } from '../object-headers.ts';
import { readLock, refuseUndigestedLock } from '../object-lock.ts';
import { readTaggingHeader } from '../object-tags.ts';
import { openPayload } from '../payload.ts';
import { readInteger, type S3Answer, type S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import { httpDate, wholeSeconds } from '../times.ts';
import type { Upload, UploadChecksum } from '../upload-index.ts';
import { toXml } from '../xml.ts';

const MAX_PART_NUMBER = 10_000;

/** Types that S3 offers for each algorithm, its default first. */
const CHECKSUM_TYPES: Readonly<Record<ChecksumAlgorithm, readonly ChecksumType[]>> = {
  CRC32: ['COMPOSITE', 'FULL_OBJECT'],
  CRC32C: ['COMPOSITE', 'FULL_OBJECT'],
  CRC64NVME: ['FULL_OBJECT'],
  SHA1: ['COMPOSITE'],
  SHA256: ['COMPOSITE'],
};

export function createMultipartUpload(call: S3Call, service: S3Service): S3Answer {
  const { bucket, key } = call;
  const checksum = readUploadChecksum(call);
  const initiated = wholeSeconds(service.clock());
  const attributes = readAttributes(call, service);
  const tags = readTaggingHeader(call.headers.get('x-amz-tagging'));
  const lock = readLock(call, service.buckets.get(bucket));
  const id = service.uploads.create({ bucket, key, initiated, attributes, checksum, lock, tags });
  const headers = {
    'x-amz-checksum-algorithm': checksum.algorithm,
    'x-amz-checksum-type': checksum.type,
    ...encryptionHeaders(attributes.encryption),
    ...abortHeaders(service, { bucket, key, initiated }),
  };
  const body = toXml('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id });
  return { status: 200, headers, body };
}

export async function uploadPart(call: S3Call, service: S3Service): Promise<S3Answer> {
  const upload = findUpload(call, service);
  const number = readInteger('partNumber', call.query.get('partNumber'), 0, MAX_PART_NUMBER);
  if (number < 1) {
    throw new S3Error(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`,
    );
  }
  refuseUndigestedLock(call, upload.lock, service.buckets.get(call.bucket), 'Put Part');
  const payload = openPayload(call, {
    maxBytes: service.limits.maxPutBytes,
    defaultAlgorithm: upload.checksum.algorithm,
    needsMd5: true,
  });
  const { bodyId, sizeBytes, md5 = '', checksum } = await service.bodies.write(payload);
  const replaced = await storeOrRemove(service, bodyId, () => {
    findUpload(call, service);
    refuseOtherAlgorithm(upload, checksum.algorithm);
    const old = service.uploads.parts(upload.id).find((part) => part.number === number);
    const lastModified = wholeSeconds(service.clock());
    service.uploads.putPart(upload.id, { number, bodyId, sizeBytes, etag: md5, checksum, lastModified });
    return old;
  });
  if (replaced !== undefined) await service.bodies.remove([replaced.bodyId]);
  const { 'x-amz-checksum-type': _type, ...headers } = checksumHeaders({ checksum });
  return {
    status: 200,
    headers: { etag: `"${md5}"`, ...headers, ...encryptionHeaders(upload.attributes.encryption) },
  };
}

export async function abortMultipartUpload(call: S3Call, service: S3Service): Promise<S3Answer> {
  const upload = findUpload(call, service);
  const bodies = service.database.transaction(() => service.uploads.remove(upload.id));
  await service.bodies.remove(bodies);
  return { status: 204 };
}

/** When a rule ends the upload, for those who must be done before. */
export function abortHeaders(
  service: S3Service,
  upload: Pick<Upload, 'bucket' | 'key' | 'initiated'>,
): Record<string, string> {
  const plan = plannedAbort(service.buckets.get(upload.bucket).lifecycle, upload);
  if (plan === undefined) return {};
  // The names of rules are free text; headers are not.
  return { 'x-amz-abort-date': httpDate(plan.date), 'x-amz-abort-rule-id': encodeURI(plan.ruleId) };
}

/** Throws NoSuchUpload, also for the id of an upload to another key. */
export function findUpload(call: S3Call, service: S3Service): Upload {
  const upload = service.uploads.get(call.query.get('uploadId') ?? '');
  if (upload?.bucket === call.bucket && upload.key === call.key) return upload;
  throw new S3Error(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  );
}

async function storeOrRemove<T>(service: S3Service, bodyId: string, store: () => T): Promise<T> {
  try {
    return service.database.transaction(store);
  } catch (cause) {
    await service.bodies.remove([bodyId]);
    throw cause;
  }
}

function readUploadChecksum(call: S3Call): UploadChecksum {
  const name = call.headers.get('x-amz-checksum-algorithm');
  const algorithm = name === undefined ? DEFAULT_ALGORITHM : parseAlgorithm(name);
  if (algorithm === undefined) {
    throw new S3Error('InvalidRequest', 'Checksum algorithm provided is unsupported.');
  }
  const types = CHECKSUM_TYPES[algorithm];
  const typeName = call.headers.get('x-amz-checksum-type')?.toUpperCase() ?? types[0];
  const type = types.find((one) => one === typeName);
  if (type === undefined) {
    throw new S3Error('InvalidRequest', `The ${typeName} checksum type cannot be used with ${algorithm}.`);
  }
  return { algorithm, type, isExplicit: name !== undefined };
}

function refuseOtherAlgorithm(upload: Upload, algorithm: ChecksumAlgorithm): void {
  const expected = upload.checksum.algorithm;
  if (algorithm === expected || !upload.checksum.isExplicit) return;
  throw new S3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${algorithm.toLowerCase()}`,
  );
}

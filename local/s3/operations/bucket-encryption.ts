import type { BucketSettings } from '../options.ts';
import { readDocument } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { notImplemented, S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import {
  checkChildren,
  childOf,
  elementsOf,
  malformed,
  type ParsedXml,
  parseXml,
  textOf,
  toXml,
} from '../xml.ts';

/** Every bucket of AWS has a default encryption: AES256 unless another is set. */
export function getBucketEncryption(call: S3Call, service: S3Service): S3Answer {
  const { encryption = 'AES256', kmsKeyId, bucketKey = false } = service.buckets.get(call.bucket);
  const body = toXml('ServerSideEncryptionConfiguration', {
    Rule: {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: encryption, KMSMasterKeyID: kmsKeyId },
      BucketKeyEnabled: bucketKey,
    },
  });
  return { status: 200, body };
}

export async function putBucketEncryption(call: S3Call, service: S3Service): Promise<S3Answer> {
  const document = parseXml(await readDocument(call), 'ServerSideEncryptionConfiguration', ['Rule']);
  checkChildren(document, ['Rule']);
  const [rule, ...others] = elementsOf(document, 'Rule');
  if (rule === undefined || others.length > 0) throw malformed('there must be one Rule');
  service.buckets.change(call.bucket, readRule(rule));
  return { status: 200 };
}

export function deleteBucketEncryption(call: S3Call, service: S3Service): S3Answer {
  service.buckets.change(call.bucket, { encryption: undefined, kmsKeyId: undefined, bucketKey: undefined });
  return { status: 204 };
}

function readRule(rule: ParsedXml): BucketSettings {
  checkChildren(rule, ['ApplyServerSideEncryptionByDefault', 'BucketKeyEnabled'], ['BlockedEncryptionTypes']);
  const standard = childOf(rule, 'ApplyServerSideEncryptionByDefault');
  if (standard === undefined) throw malformed('ApplyServerSideEncryptionByDefault is missing');
  checkChildren(standard, ['SSEAlgorithm', 'KMSMasterKeyID']);
  const encryption = textOf(standard, 'SSEAlgorithm');
  if (encryption === 'aws:kms:dsse') throw notImplemented('Encryption by aws:kms:dsse');
  if (encryption !== 'AES256' && encryption !== 'aws:kms') throw malformed('SSEAlgorithm is not known');
  const kmsKeyId = textOf(standard, 'KMSMasterKeyID');
  if (kmsKeyId !== undefined && encryption !== 'aws:kms') {
    throw new S3Error(
      'InvalidArgument',
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      { details: { ArgumentName: 'ApplyServerSideEncryptionByDefault' } },
    );
  }
  return { encryption, kmsKeyId, bucketKey: textOf(rule, 'BucketKeyEnabled')?.toLowerCase() === 'true' };
}

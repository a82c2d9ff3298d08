import type { S3Call } from './s3-call.ts';
import { notImplemented, S3Error } from './s3-error.ts';

/** What an object is said to be encrypted with. Nothing is encrypted here; headers and ETags are as if it were. */
export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  readonly kmsKeyId?: string | undefined;
  readonly bucketKey?: boolean | undefined;
}

/** The part of a bucket's configuration that new objects take over. */
export interface EncryptionSettings {
  /** ETags of objects under a KMS key are not MD5 sums in AWS, so they are not here, either. */
  readonly encryption?: 'AES256' | 'aws:kms' | undefined;
  readonly kmsKeyId?: string | undefined;
  /** S3 Bucket Keys: fewer calls to KMS. */
  readonly bucketKey?: boolean | undefined;
}

/** Where the key lives that AWS manages for S3. */
interface KeyPlace {
  readonly region: string;
  readonly accountId: string;
}

/** The key that AWS manages for S3; its id is AWS's secret, so its alias stands for it. */
const MANAGED_KEY = 'alias/aws/s3';

const ALGORITHM = 'x-amz-server-side-encryption';
const KEY_ID = `${ALGORITHM}-aws-kms-key-id`;
const BUCKET_KEY = `${ALGORITHM}-bucket-key-enabled`;

/** Of a new object: as its request says, or as the bucket does. The only key known is the bucket's. */
export function readEncryption({ headers }: S3Call, bucket: EncryptionSettings, place: KeyPlace): Encryption {
  const standard = bucket.encryption ?? 'AES256';
  const algorithm = headers.get(ALGORITHM) ?? standard;
  const keyId = headers.get(KEY_ID);
  if (algorithm === 'aws:kms:dsse') throw notImplemented(`${ALGORITHM}: aws:kms:dsse`);
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms') {
    throw invalidArgument('The encryption method specified is not supported', ALGORITHM, algorithm);
  }
  if (keyId !== undefined && headers.get(ALGORITHM) !== 'aws:kms') {
    throw invalidArgument(
      `Server Side Encryption with AWS KMS managed key requires HTTP header ${ALGORITHM} : aws:kms`,
      ALGORITHM,
      headers.get(ALGORITHM) ?? '',
    );
  }
  if (algorithm === 'AES256') return { algorithm };
  const kmsKeyId = keyArn(bucket.kmsKeyId ?? MANAGED_KEY, place);
  if (keyId !== undefined && keyArn(keyId, place) !== kmsKeyId) {
    throw notImplemented(`A KMS key other than the bucket's (${kmsKeyId})`);
  }
  const asked = headers.get(BUCKET_KEY)?.toLowerCase();
  const bucketKey = asked === undefined ? (bucket.bucketKey ?? false) : asked === 'true';
  return { algorithm, kmsKeyId, bucketKey };
}

/** Headers of answers that speak of an object or an upload. */
export function encryptionHeaders(encryption: Encryption | undefined): Record<string, string> {
  const { algorithm, kmsKeyId, bucketKey } = encryption ?? { algorithm: 'AES256' };
  return {
    [ALGORITHM]: algorithm,
    ...(kmsKeyId !== undefined && { [KEY_ID]: kmsKeyId }),
    ...(bucketKey && { [BUCKET_KEY]: 'true' }),
  };
}

/** ETags of objects under a KMS key are no MD5 sums. */
export function hasOpaqueEtag({ algorithm }: Encryption): boolean {
  return algorithm === 'aws:kms';
}

/** Keys may be named by their id or alias, too; S3 tells their ARN. */
function keyArn(name: string, { region, accountId }: KeyPlace): string {
  if (name.startsWith('arn:')) return name;
  return `arn:aws:kms:${region}:${accountId}:${name.startsWith('alias/') ? name : `key/${name}`}`;
}

function invalidArgument(message: string, name: string, value: string): S3Error {
  return new S3Error('InvalidArgument', message, { details: { ArgumentName: name, ArgumentValue: value } });
}

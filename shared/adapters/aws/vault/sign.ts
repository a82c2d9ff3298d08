import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { SignedRequest, Vault } from '../../../ports/vault.ts';
import type { VaultBucket } from './bucket.ts';

/** The bucket policy refuses older signatures. */
const maxValidSeconds = 900;
const signedForPut = 'content-length;host;if-none-match;x-amz-checksum-sha256';

/** Signs one PUT of exactly these bytes at a key that must be new. */
export async function signPut(
  { client, bucketName }: VaultBucket,
  { key, sha256, sizeBytes, signedAt, validSeconds }: Parameters<Vault['signPut']>[0],
): Promise<SignedRequest> {
  requireValidity(validSeconds);
  const checksum = Buffer.from(sha256, 'hex').toString('base64');
  const command = new PutObjectCommand({
    Bucket: bucketName,
    Key: key,
    ContentLength: sizeBytes,
    IfNoneMatch: '*',
    ChecksumSHA256: checksum,
  });
  const url = await getSignedUrl(client, command, {
    expiresIn: validSeconds,
    signingDate: new Date(signedAt),
    // S3 ignores a checksum in the query, where the presigner would put it. A new set each time: it adds to it.
    unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
  });
  requireSignedHeaders(url, signedForPut);
  return {
    url,
    headers: {
      'content-length': `${sizeBytes}`,
      'if-none-match': '*',
      'x-amz-checksum-sha256': checksum,
    },
  };
}

/** Signs a GET of the object, or of any range of it; of one range alone when it is given. */
export async function signGet(
  { client, bucketName }: VaultBucket,
  { key, range, signedAt, validSeconds }: Parameters<Vault['signGet']>[0],
): Promise<string> {
  requireValidity(validSeconds);
  const asked = range && { Range: `bytes=${range.from}-${range.to - 1}` };
  const command = new GetObjectCommand({ Bucket: bucketName, Key: key, ...asked });
  const url = await getSignedUrl(client, command, {
    expiresIn: validSeconds,
    signingDate: new Date(signedAt),
  });
  requireSignedHeaders(url, range ? 'host;range' : 'host');
  return url;
}

function requireValidity(validSeconds: number): void {
  if (Number.isInteger(validSeconds) && validSeconds >= 1 && validSeconds <= maxValidSeconds) return;
  throw new RangeError(`validSeconds is ${validSeconds}: sign for 1 to ${maxValidSeconds} seconds`);
}

/** What is not signed a sender may leave out or change: a URL that signs anything else must not leave the service. */
function requireSignedHeaders(url: string, expected: string): void {
  const signed = new URL(url).searchParams.get('X-Amz-SignedHeaders');
  if (signed === expected) return;
  throw new Error(`a URL would sign ${signed}, not ${expected}: the S3 client must add no headers`);
}

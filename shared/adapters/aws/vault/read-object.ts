import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  InvalidObjectState,
  NoSuchKey,
  NotFound,
} from '@aws-sdk/client-s3';
import { ServiceError } from '../../../errors.ts';
import type { Vault } from '../../../ports/vault.ts';
import type { VaultBucket } from './bucket.ts';

/** Size and checksum of the newest version; undefined when there is no such key. */
export async function headObject(
  { client, bucketName }: VaultBucket,
  key: string,
): ReturnType<Vault['head']> {
  try {
    const head = await client.send(
      new HeadObjectCommand({ Bucket: bucketName, Key: key, ChecksumMode: 'ENABLED' }),
    );
    if (head.ContentLength === undefined) throw new Error(`S3 gave no size for ${key}`);
    const sha256 = head.ChecksumSHA256 && Buffer.from(head.ChecksumSHA256, 'base64').toString('hex');
    return { sizeBytes: head.ContentLength, ...(sha256 && { sha256 }) };
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
  // An answer to HEAD has no body that could say what is missing. A missing bucket must not look like a missing object.
  await client.send(new HeadBucketCommand({ Bucket: bucketName }));
  return undefined;
}

/** The bytes of the newest version, or of a range of it; undefined when there is no such key. */
export async function readObject(
  { client, bucketName }: VaultBucket,
  key: string,
  range?: { readonly from: number; readonly toExclusive: number },
): ReturnType<Vault['read']> {
  // S3 takes no notice of a range that is empty or backward, and would send the whole object.
  if (range !== undefined && !(range.from >= 0 && range.from < range.toExclusive)) {
    throw new RangeError(`cannot read bytes ${range.from} to ${range.toExclusive} of ${key}`);
  }
  try {
    const object = await client.send(
      new GetObjectCommand({
        Bucket: bucketName,
        Key: key,
        ...(range && { Range: `bytes=${range.from}-${range.toExclusive - 1}` }),
      }),
    );
    return chunksOf(key, object.Body);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    if (error instanceof InvalidObjectState) {
      throw new ServiceError('VAULT_OBJECT_FROZEN', `${key} is archived`, { cause: error });
    }
    throw error;
  }
}

/** The body, in Node a readable stream, which is closed when its reader stops early. */
async function* chunksOf(key: string, body: GetObjectCommandOutput['Body']): AsyncIterable<Uint8Array> {
  if (body === undefined || !(Symbol.asyncIterator in body)) throw new Error(`S3 sent no body for ${key}`);
  try {
    yield* body as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new ServiceError('INTERNAL', `reading ${key} broke off`, { cause, details: { key } });
  }
}

import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import type { Vault } from '../../../ports/vault.ts';
import type { VaultBucket } from './bucket.ts';
import { readObject } from './read-object.ts';

/** A 409 says that another write of the key was under way, which ends within a request's time. */
const maxAttempts = 6;
const waitMillis = (attempt: number): number => Math.random() * 50 * 2 ** attempt;

/** Stores the bytes if the key is new; what is there otherwise. */
export async function putOnce(
  bucket: VaultBucket,
  key: string,
  bytes: Uint8Array,
): ReturnType<Vault['putOnce']> {
  for (let attempt = 1; ; attempt++) {
    const answer = await tryPut(bucket, key, bytes);
    if (answer === 'stored') return { outcome: 'stored' };
    if (answer === 'exists') {
      const there = await readWhole(bucket, key);
      // Gone again, or hidden by a delete marker: for S3 the key is then as good as new.
      if (there !== undefined) return { outcome: 'exists', bytes: there };
    }
    if (attempt === maxAttempts) throw new Error(`${key} could not be stored in ${maxAttempts} attempts`);
    await sleep(waitMillis(attempt));
  }
}

async function tryPut(
  { client, bucketName }: VaultBucket,
  key: string,
  bytes: Uint8Array,
): Promise<'stored' | 'exists' | 'busy'> {
  try {
    await client.send(
      new PutObjectCommand({
        Bucket: bucketName,
        Key: key,
        Body: bytes,
        IfNoneMatch: '*',
        ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
      }),
    );
    return 'stored';
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error;
    if (error.name === 'PreconditionFailed') return 'exists';
    if (error.name === 'ConditionalRequestConflict') return 'busy';
    throw error;
  }
}

async function readWhole(bucket: VaultBucket, key: string): Promise<Uint8Array | undefined> {
  const body = await readObject(bucket, key);
  if (body === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LocalS3 } from '../../../local/s3/server.ts';
import { clientOf, newDirectory, removeDirectory, startLocal } from './local-server.ts';

// A body that is kept in memory must not hide what became of its file.

describe('when the file of a large body is changed behind the back of the server', () => {
  const Bucket = 'vault';
  const body = randomBytes(3 * 2 ** 20);
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  let directory: string;
  let s3: LocalS3;
  let client: S3Client;
  beforeEach(async () => {
    directory = newDirectory();
    s3 = await startLocal({ directory, keptBytes: 64 * 2 ** 20 });
    s3.putBucket({ name: Bucket, versioning: false });
    client = clientOf(s3.endpoint, 'Admin');
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: body }));
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    client.destroy();
    await s3.close();
    removeDirectory(directory);
  });

  const fileOf = (): string => join(directory, 'bodies', `${readdirSync(join(directory, 'bodies'))[0]}`);
  /** Without the SDK, which looks at what it gets. */
  const ask = async () => fetch(await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'k' })));
  const read = async () => digest(await (await ask()).bytes());
  const flipped = Buffer.from(body);
  flipped.writeUInt8(flipped.readUInt8(2 ** 21) ^ 1, 2 ** 21);

  it('the server answers what the file has: a byte was flipped in it', async () => {
    expect(await read()).toBe(digest(body));

    writeFileSync(fileOf(), flipped.subarray(0, 2 ** 21 + 1), { flag: 'r+' });

    expect(await read()).toBe(digest(flipped));
    expect(await read()).toBe(digest(flipped));
  });

  it('the server answers what the file has: another one took its place', async () => {
    const [file, other] = [fileOf(), join(directory, 'other')];
    copyFileSync(file, other);
    writeFileSync(other, flipped);

    renameSync(other, file);

    expect(await read()).toBe(digest(flipped));
  });

  it('the answer breaks off where the file does', async () => {
    truncateSync(fileOf(), 2 ** 20);

    await expect(read()).rejects.toThrow();
  });

  it('the answer is an error when it is gone', async () => {
    rmSync(fileOf());

    expect(await ask()).toMatchObject({ status: 500 });
  });
});

import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAwsVault } from '../../shared/adapters/aws/vault.ts';
import { toInstant } from '../../shared/domain/instant.ts';
import { vaultContract } from './contracts/vault.contract.ts';
import { present } from './support/line.ts';
import { sha256 } from './support/rows.ts';
import { type RunningVaults, runVaults } from './support/running-vault.ts';

let running: RunningVaults;
beforeAll(async () => {
  running = await runVaults();
});
afterAll(() => running.close());

vaultContract('the vault on S3', () => running.makeVault());

async function* breakingOff() {
  yield Buffer.from('rec');
  throw new Error('aborted');
}

describe('the vault on S3', () => {
  const put = {
    key: 'v1/pack',
    sha256: sha256('pack'),
    sizeBytes: 4,
    signedAt: toInstant(Date.parse('2026-03-01T12:00:00.500Z')),
    validSeconds: 900,
  };

  it('signs exactly length, host, condition and checksum of a PUT, as of the time it is given', async () => {
    const vault = createAwsVault({ client: running.makeClient(), bucketName: running.makeBucket() });

    const urls = [await vault.signPut(put), await vault.signPut(put)].map(({ url }) => new URL(url));

    for (const { searchParams } of urls) {
      expect(searchParams.get('X-Amz-SignedHeaders')).toBe(
        'content-length;host;if-none-match;x-amz-checksum-sha256',
      );
      expect(searchParams.get('X-Amz-Date')).toBe('20260301T120000Z');
      expect(searchParams.get('X-Amz-Expires')).toBe('900');
      expect([...searchParams.keys()].filter((name) => /checksum|content/i.test(name))).toEqual([
        'X-Amz-Content-Sha256',
      ]);
      expect(searchParams.get('X-Amz-Content-Sha256')).toBe('UNSIGNED-PAYLOAD');
    }
  });

  const endpoints: [string, S3ClientConfig][] = [
    ['an endpoint by address', { endpoint: 'http://127.0.0.1:9000', forcePathStyle: true }],
    ['a host for each bucket', { region: 'eu-central-1' }],
    ['addresses of both kinds', { region: 'us-east-1', useDualstackEndpoint: true }],
  ];

  it.each(endpoints)('signs what the SDK would sign, for %s', async (_, config) => {
    const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret', sessionToken: 'to/ke+n=' };
    const client = new S3Client({
      ...{ region: 'eu-central-1', credentials, requestChecksumCalculation: 'WHEN_REQUIRED' },
      ...config,
    });
    const [Bucket, Key] = ['vault-1', put.key];
    const signingDate = new Date(put.signedAt);
    const bySdk = (command: GetObjectCommand | PutObjectCommand) =>
      getSignedUrl(client, command, {
        ...{ expiresIn: 900, signingDate, unhoistableHeaders: new Set(['x-amz-checksum-sha256']) },
      });
    const ChecksumSHA256 = Buffer.from(put.sha256, 'hex').toString('base64');
    const stored = { ContentLength: put.sizeBytes, IfNoneMatch: '*', ChecksumSHA256 };
    const { key, signedAt, validSeconds } = put;
    const vault = createAwsVault({ client, bucketName: Bucket });

    const urls = [
      (await vault.signPut(put)).url,
      await vault.signGet({ key, signedAt, validSeconds }),
      await vault.signGet({ key, signedAt, validSeconds, range: { from: 5, to: 9 } }),
    ];

    expect(urls).toEqual([
      await bySdk(new PutObjectCommand({ Bucket, Key, ...stored })),
      await bySdk(new GetObjectCommand({ Bucket, Key })),
      await bySdk(new GetObjectCommand({ Bucket, Key, Range: 'bytes=5-8' })),
    ]);
  });

  it('signs nothing that a client adds to its own requests', async () => {
    const client = running.makeClient();
    client.middlewareStack.add(
      (next) => async (args) => {
        Object.assign((args.request as { headers: object }).headers, { 'x-request-source': 'tests' });
        return next(args);
      },
      { step: 'build' },
    );
    const vault = createAwsVault({ client, bucketName: running.makeBucket() });

    expect((await vault.signPut(put)).url).not.toContain('x-request-source');
  });

  it('tries again when another write of the key is under way', async () => {
    const client = running.makeClient();
    let conflicts = 0;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName !== 'PutObjectCommand' || conflicts === 2) return next(args);
        conflicts += 1;
        throw new S3ServiceException({
          name: 'ConditionalRequestConflict',
          $fault: 'client',
          $metadata: { httpStatusCode: 409 },
        });
      },
      { step: 'deserialize', priority: 'low' },
    );
    const vault = createAwsVault({ client, bucketName: running.makeBucket() });

    expect(await vault.putOnce('v1/record', Buffer.from('record'))).toEqual({ outcome: 'stored' });

    expect(conflicts).toBe(2);
  });

  it('throws when the body of an object breaks off, instead of ending early', async () => {
    const client = running.makeClient({ responseChecksumValidation: 'WHEN_REQUIRED' });
    const vault = createAwsVault({ client, bucketName: running.makeBucket() });
    await vault.putOnce('v1/record', Buffer.from('record'));
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const broken = Readable.from(breakingOff());
        return { ...result, output: { ...result.output, Body: broken } };
      },
      { step: 'initialize' },
    );

    const chunks: string[] = [];
    const reading = async () => {
      for await (const chunk of present(await vault.read('v1/record'))) chunks.push(`${chunk}`);
    };

    await expect(reading()).rejects.toMatchObject({
      code: 'INTERNAL',
      retry: 'transient',
      details: { key: 'v1/record' },
      cause: { message: 'aborted' },
    });
    expect(chunks).toEqual(['rec']);
  });

  it('throws for a bucket that does not exist, instead of finding no object', async () => {
    const vault = createAwsVault({ client: running.makeClient(), bucketName: 'no-such-bucket' });

    const calls = await Promise.allSettled([
      vault.head('v1/x'),
      vault.read('v1/x'),
      vault.listVersions({ prefix: 'v1/' }),
      vault.putOnce('v1/x', Buffer.from('x')),
    ]);

    for (const call of calls) {
      expect(call).toMatchObject({
        status: 'rejected',
        reason: { code: 'INTERNAL', cause: expect.any(Error) },
      });
    }
  });

  it('throws for a client that S3 does not know', async () => {
    const credentials = { accessKeyId: 'AKIAUNKNOWNUNKNOWN00', secretAccessKey: 'unknown' };
    const bucketName = running.makeBucket();
    const vault = createAwsVault({ client: running.makeClient({ credentials }), bucketName });

    await expect(vault.head('v1/x')).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(vault.read('v1/x')).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

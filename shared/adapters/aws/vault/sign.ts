import { GetObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl, S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import type { Instant } from '../../../domain/instant.ts';
import type { Vault } from '../../../ports/vault.ts';
import type { VaultBucket } from './bucket.ts';

/** The bucket policy refuses older signatures. */
const maxValidSeconds = 900;
const signedForPut = 'content-length;host;if-none-match;x-amz-checksum-sha256';

/** Signs what stores send and fetch themselves. */
export function createSigner(bucket: VaultBucket): Pick<Vault, 'signPut' | 'signGet'> {
  let place: Promise<BucketPlace> | undefined;
  const sign = async (request: Signable): Promise<string> => {
    requireValidity(request.validSeconds);
    place ??= findPlace(bucket);
    try {
      return await signRequest(await place, request);
    } catch (error) {
      // Credentials may have been out of reach for a moment: whoever asks next looks again.
      place = undefined;
      throw error;
    }
  };
  return {
    /** One PUT of exactly these bytes at a key that must be new. */
    async signPut({ sha256, sizeBytes, ...rest }) {
      const headers = {
        'content-length': `${sizeBytes}`,
        'if-none-match': '*',
        'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
      };
      const query = { 'x-id': 'PutObject' };
      const url = await sign({ ...rest, method: 'PUT', query, headers });
      requireSignedHeaders(url, signedForPut);
      return { url, headers };
    },

    /** A GET of the object, or of any range of it; of one range alone when it is given. */
    async signGet({ range, ...rest }) {
      const headers = range && { range: `bytes=${range.from}-${range.to - 1}` };
      const query = { 'x-amz-checksum-mode': 'ENABLED', 'x-id': 'GetObject' };
      const url = await sign({ ...rest, method: 'GET', query, headers });
      requireSignedHeaders(url, range ? 'host;range' : 'host');
      return url;
    },
  };
}

/** Where the objects of a bucket are. */
interface BucketPlace {
  readonly presigner: S3RequestPresigner;
  /** The URL that all keys are under. */
  readonly folder: URL;
}

/** The place follows from region, endpoint and the bucket's name by rules that only the SDK knows: it signs a sample. */
async function findPlace({ client, bucketName }: VaultBucket): Promise<BucketPlace> {
  const sample = await getSignedUrl(client, new GetObjectCommand({ Bucket: bucketName, Key: 'sample' }));
  // It asks for the client's credentials each time, which may have changed, and keeps the keys that it derives from them.
  return { presigner: new S3RequestPresigner(client.config), folder: new URL('.', sample) };
}

interface Signable {
  readonly method: 'GET' | 'PUT';
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly signedAt: Instant;
  readonly validSeconds: number;
}

/**
 * The URL that `getSignedUrl` makes of the same request. That one goes through all of the client's middleware for each URL, ten
 * times the work of the signature: 0.6 ms against 0.06, and restores need hundreds at once.
 */
async function signRequest(
  { presigner, folder }: BucketPlace,
  { method, key, query, headers, signedAt, validSeconds }: Signable,
): Promise<string> {
  const { protocol, hostname, port, origin } = folder;
  const path = folder.pathname + key.split('/').map(encodeURIComponent).join('/');
  const signed = await presigner.presign(
    // What it hoists into the query it takes out of the headers that it is given.
    {
      ...{ method, protocol, hostname, path, query: { ...query }, headers: { ...headers } },
      ...(port !== '' && { port: Number(port) }),
    },
    {
      expiresIn: validSeconds,
      signingDate: new Date(signedAt),
      // S3 ignores a checksum in the query, where the presigner would put it. A new set each time: it adds to it.
      unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
    },
  );
  const parameters = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
  );
  return `${origin}${path}?${parameters.sort().join('&')}`;
}

function requireValidity(validSeconds: number): void {
  if (Number.isInteger(validSeconds) && validSeconds >= 1 && validSeconds <= maxValidSeconds) return;
  throw new RangeError(`validSeconds is ${validSeconds}: sign for 1 to ${maxValidSeconds} seconds`);
}

/** What is not signed a sender may leave out or change: a URL that signs anything else must not leave the service. */
function requireSignedHeaders(url: string, expected: string): void {
  const signed = new URL(url).searchParams.get('X-Amz-SignedHeaders');
  if (signed === expected) return;
  throw new Error(`a URL would sign ${signed}, not ${expected}`);
}

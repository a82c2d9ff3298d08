import { AwsChunkedBody } from './aws-chunked.ts';
import type { TakeChunk } from './bodies/body-sink.ts';
import type { IncomingBody } from './bodies/body-store.ts';
import { BodyDigester } from './bodies/digests.ts';
import { pourChunks, pourRequest } from './bodies/pour.ts';
import { type Checksum, type ChecksumAlgorithm, DEFAULT_ALGORITHM } from './checksums.ts';
import { hasDigest, IntegrityCheck, NOTHING_DECLARED, readDeclaredIntegrity } from './integrity.ts';
import type { S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';

export interface PayloadOptions {
  readonly maxBytes: number;
  /** For the checksum that S3 computes when the client declared none. */
  readonly defaultAlgorithm?: ChecksumAlgorithm;
  readonly needsMd5?: boolean;
}

/** Configurations and tags are far smaller; the largest, of lifecycle rules, has 1000 of them. */
const MAX_DOCUMENT_BYTES = 2 ** 20;

/** What is known of a body that is complete and as declared. */
export interface BodyFacts {
  readonly sizeBytes: number;
  /** Hex; absent when neither the caller nor Content-MD5 asked for it. */
  readonly md5: string | undefined;
  readonly checksum: Checksum;
}

/** A body that is yet to be read, and is checked then. */
export type Payload = IncomingBody<BodyFacts>;

type Trailers = ReadonlyMap<string, string>;

const NO_TRAILERS: Trailers = new Map();

/** Checks what a request declares about its body, before any of it is read, and opens it. */
export function openPayload(call: S3Call, options: PayloadOptions): Payload {
  const { payload } = call.authentication;
  const isChunked = payload.startsWith('STREAMING-');
  const declaredBytes = readDeclaredSize(call, isChunked);
  if (declaredBytes > options.maxBytes) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
      details: { ProposedSize: String(declaredBytes), MaxSizeAllowed: String(options.maxBytes) },
    });
  }
  const check = new IntegrityCheck(readDeclaredIntegrity(call.headers, payload), {
    defaultAlgorithm: options.defaultAlgorithm ?? DEFAULT_ALGORITHM,
    needsMd5: options.needsMd5 ?? false,
  });
  return checkedPayload(isChunked ? decodeWire(call) : readWire(call), check, declaredBytes);
}

/** The bytes of an object as a payload, for copies; `sizeBytes` is what the index says. */
export function digestChunks(
  source: AsyncIterable<Buffer>,
  sizeBytes: number,
  algorithm: ChecksumAlgorithm,
  needsMd5: boolean,
): Payload {
  const check = new IntegrityCheck(NOTHING_DECLARED, { defaultAlgorithm: algorithm, needsMd5 });
  const read: ReadSource = async (take) => {
    await pourChunks(source, take);
    return NO_TRAILERS;
  };
  return checkedPayload(read, check, sizeBytes);
}

/** Reads all of a body, and answers what followed it. */
type ReadSource = (take: TakeChunk) => Promise<Trailers>;

const readWire =
  ({ openBody }: S3Call): ReadSource =>
  async (take) => {
    await pourRequest(openBody(), take);
    return NO_TRAILERS;
  };

const decodeWire =
  ({ openBody, authentication }: S3Call): ReadSource =>
  async (take) => {
    const body = new AwsChunkedBody(openBody(), authentication);
    await pourChunks(body.chunks(), take);
    return body.trailers;
  };

function checkedPayload(read: ReadSource, check: IntegrityCheck, declaredBytes: number): Payload {
  let trailers = NO_TRAILERS;
  return {
    sizeBytes: declaredBytes,
    digests: check.request,
    async pour(take) {
      let sizeBytes = 0;
      trailers = await read((chunk) => {
        sizeBytes += chunk.length;
        if (sizeBytes > declaredBytes) throw wrongSize(declaredBytes);
        return take(chunk);
      });
      if (sizeBytes !== declaredBytes) throw wrongSize(declaredBytes);
    },
    check: (digests) => ({
      sizeBytes: declaredBytes,
      md5: digests.md5,
      checksum: check.compare(digests, trailers),
    }),
  };
}

/** Reads a small document, checked like any body. */
export async function readDocument(call: S3Call, maxBytes = MAX_DOCUMENT_BYTES): Promise<string> {
  const isChunked = call.authentication.payload.startsWith('STREAMING-');
  if (readDeclaredSize(call, isChunked) > maxBytes) {
    throw new S3Error('MaxMessageLengthExceeded', 'Your request was too big.', {
      details: { MaxMessageLengthBytes: String(maxBytes) },
    });
  }
  const payload = openPayload(call, { maxBytes });
  const digester = new BodyDigester(payload.digests);
  const chunks: Buffer[] = [];
  await payload.pour((chunk) => {
    digester.update(chunk);
    chunks.push(Buffer.from(chunk));
    return undefined;
  });
  payload.check(digester.digests());
  return Buffer.concat(chunks).toString('utf8');
}

/** A damaged document could delete or lock the wrong objects, so S3 wants a digest of it. */
export function refuseUndigestedDocument({ headers }: S3Call): void {
  if (hasDigest(headers)) return;
  throw new S3Error(
    'InvalidRequest',
    'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
  );
}

function readDeclaredSize(call: S3Call, isChunked: boolean): number {
  const name = isChunked ? 'x-amz-decoded-content-length' : 'content-length';
  const text = call.headers.get(name);
  if (text === undefined) {
    throw new S3Error('MissingContentLength', `You must provide the ${name} HTTP header.`);
  }
  if (!/^\d{1,15}$/.test(text)) throw new S3Error('InvalidArgument', `${name} must be a number of bytes.`);
  return Number(text);
}

function wrongSize(declaredBytes: number): S3Error {
  return new S3Error(
    'IncompleteBody',
    `You did not provide the number of bytes specified by the Content-Length HTTP header: ${declaredBytes}.`,
  );
}

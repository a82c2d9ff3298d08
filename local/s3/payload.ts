import { AwsChunkedBody } from './aws-chunked.ts';
import { type ChecksumAlgorithm, DEFAULT_ALGORITHM } from './checksums.ts';
import {
  type BodyDigests,
  hasDigest,
  IntegrityCheck,
  NOTHING_DECLARED,
  type OpenDigester,
  readDeclaredIntegrity,
} from './integrity.ts';
import type { S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';

export interface PayloadOptions {
  readonly maxBytes: number;
  /** For the checksum that S3 computes when the client declared none. */
  readonly defaultAlgorithm?: ChecksumAlgorithm;
  readonly needsMd5?: boolean;
  /** Hashes large bodies beside this thread. */
  readonly digestLarge?: OpenDigester;
}

/** Configurations and tags are far smaller; the largest, of lifecycle rules, has 1000 of them. */
const MAX_DOCUMENT_BYTES = 2 ** 20;

/** From here on, the handing over to another thread costs less than the hashing. */
const LARGE_BYTES = 1 << 20;

/** A body that is checked while it is read. */
export interface Payload {
  /** Throws after the last chunk when the body is not what was declared. */
  readonly chunks: AsyncIterable<Buffer>;
  /** To be called when the chunks were read to their end. */
  readonly digests: () => BodyDigests;
}

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
    digest: declaredBytes > LARGE_BYTES ? options.digestLarge : undefined,
  });
  const decoder = isChunked ? () => new AwsChunkedBody(call.openBody(), call.authentication) : undefined;
  return checkedPayload(decoder ?? (() => call.openBody()), check, declaredBytes);
}

/** The bytes of an object as a payload, for copies; `sizeBytes` is what the index says. */
export function digestChunks(
  source: AsyncIterable<Buffer>,
  sizeBytes: number,
  algorithm: ChecksumAlgorithm,
  needsMd5: boolean,
): Payload {
  const check = new IntegrityCheck(NOTHING_DECLARED, { defaultAlgorithm: algorithm, needsMd5 });
  return checkedPayload(() => source, check, sizeBytes);
}

function checkedPayload(
  open: () => AwsChunkedBody | AsyncIterable<Buffer>,
  check: IntegrityCheck,
  declaredBytes: number,
): Payload {
  let digests: BodyDigests | undefined;

  async function* chunks(): AsyncGenerator<Buffer> {
    const source = open();
    const isChunked = source instanceof AwsChunkedBody;
    let sizeBytes = 0;
    try {
      for await (const chunk of isChunked ? source.chunks() : source) {
        sizeBytes += chunk.length;
        if (sizeBytes > declaredBytes) throw wrongSize(declaredBytes);
        const untilRoom = check.update(chunk);
        if (untilRoom !== undefined) await untilRoom;
        yield chunk;
      }
      if (sizeBytes !== declaredBytes) throw wrongSize(declaredBytes);
      digests = await check.finish(isChunked ? source.trailers : new Map());
    } finally {
      if (digests === undefined) check.abandon();
    }
  }

  return {
    chunks: chunks(),
    digests: () => {
      if (digests === undefined) throw new Error('The body was not read to its end');
      return digests;
    },
  };
}

/** Reads a small document, checked like any body. */
export async function readDocument(call: S3Call, maxBytes = MAX_DOCUMENT_BYTES): Promise<string> {
  const chunks: Buffer[] = [];
  const isChunked = call.authentication.payload.startsWith('STREAMING-');
  if (readDeclaredSize(call, isChunked) > maxBytes) {
    throw new S3Error('MaxMessageLengthExceeded', 'Your request was too big.', {
      details: { MaxMessageLengthBytes: String(maxBytes) },
    });
  }
  for await (const chunk of openPayload(call, { maxBytes }).chunks) chunks.push(chunk);
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

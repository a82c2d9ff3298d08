import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { hmacHex, isSameSignature, scopeText } from '../sigv4/verify-signature.ts';
import type { Authentication } from './authenticate.ts';
import { releaseChunk } from './bodies/release-chunk.ts';
import { S3Error } from './s3-error.ts';

/** Longest header of a chunk or trailer line; real ones stay far below. */
const MAX_LINE_BYTES = 4096;
const EMPTY_HASH = createHash('sha256').digest('hex');

/** Decodes `size[;chunk-signature=…]\r\n…data…\r\n` chunks up to the chunk of size 0, then trailer lines. */
export class AwsChunkedBody {
  /** Complete once the chunks were read to their end. */
  readonly trailers = new Map<string, string>();
  readonly #source: AsyncIterator<Buffer>;
  readonly #chain: SignatureChain | undefined;
  /** What came last from the wire; `buffer` is what is left of it. */
  #chunk: Buffer = Buffer.alloc(0);
  #buffer: Buffer = this.#chunk;

  /** The request is not destroyed when reading stops early: the answer that explains why still has to go out. */
  constructor(request: IncomingMessage, authentication: Authentication) {
    this.#source = request.iterator({ destroyOnReturn: false });
    this.#chain = chainFor(authentication);
  }

  async *chunks(): AsyncGenerator<Buffer> {
    try {
      yield* this.#readChunks();
      await this.#readTrailers();
      if (this.#buffer.length > 0 || !(await this.#source.next()).done)
        throw incomplete('bytes follow the end');
    } finally {
      // Lets go of the request, so that what is left of it can be drained after a refusal.
      await this.#source.return?.();
    }
  }

  async *#readChunks(): AsyncGenerator<Buffer> {
    for (;;) {
      const { sizeBytes, signature } = parseChunkHeader(await this.#readLine());
      const hash = this.#chain && createHash('sha256');
      yield* this.#readData(sizeBytes, hash);
      if (hash) this.#chain?.verifyChunk(hash.digest('hex'), signature);
      if (sizeBytes === 0) return;
      if ((await this.#readLine()) !== '') throw incomplete('a chunk is longer than its header says');
    }
  }

  async *#readData(sizeBytes: number, hash: Hash | undefined): AsyncGenerator<Buffer> {
    let remaining = sizeBytes;
    while (remaining > 0) {
      if (this.#buffer.length === 0) await this.#fill();
      const piece = this.#buffer.subarray(0, remaining);
      this.#buffer = this.#buffer.subarray(piece.length);
      remaining -= piece.length;
      hash?.update(piece);
      yield piece;
    }
  }

  async #readTrailers(): Promise<void> {
    const signed: string[] = [];
    for (let line = await this.#readLine(); line !== ''; line = await this.#readLine()) {
      const colon = line.indexOf(':');
      if (colon < 1) {
        throw new S3Error('MalformedTrailerError', `"${line}" is not a trailer of the form name:value.`);
      }
      const name = line.slice(0, colon).trim().toLowerCase();
      const value = line.slice(colon + 1).trim();
      this.trailers.set(name, value);
      if (name !== 'x-amz-trailer-signature') signed.push(`${name}:${value}\n`);
    }
    this.#chain?.verifyTrailers(signed.join(''), this.trailers.get('x-amz-trailer-signature'));
  }

  async #readLine(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#buffer.toString('latin1', 0, end);
        this.#buffer = this.#buffer.subarray(end + 2);
        return line;
      }
      if (this.#buffer.length > MAX_LINE_BYTES) throw incomplete('a chunk header is too long');
      await this.#fill();
    }
  }

  async #fill(): Promise<void> {
    const next = await this.#source.next();
    if (next.done) throw incomplete('the body ends within a chunk');
    const rest = this.#buffer;
    this.#buffer = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    if (this.#buffer !== next.value) releaseChunk(next.value);
    releaseChunk(this.#chunk);
    this.#chunk = this.#buffer;
  }
}

/** Each chunk's signature covers the one before it, starting with the request's own. */
class SignatureChain {
  readonly #authentication: Authentication;
  readonly #hasTrailers: boolean;
  #previous: string;

  constructor(authentication: Authentication, hasTrailers: boolean) {
    this.#authentication = authentication;
    this.#hasTrailers = hasTrailers;
    this.#previous = authentication.signature.signature;
  }

  verifyChunk(dataHash: string, claimed: string | undefined): void {
    this.#verify('AWS4-HMAC-SHA256-PAYLOAD', [EMPTY_HASH, dataHash], claimed);
  }

  verifyTrailers(text: string, claimed: string | undefined): void {
    if (!this.#hasTrailers) return;
    this.#verify('AWS4-HMAC-SHA256-TRAILER', [createHash('sha256').update(text).digest('hex')], claimed);
  }

  #verify(kind: string, hashes: readonly string[], claimed: string | undefined): void {
    const { signature, signingKey } = this.#authentication;
    const stringToSign = [kind, signature.amzDate, scopeText(signature.scope), this.#previous, ...hashes];
    const calculated = hmacHex(signingKey, stringToSign.join('\n'));
    if (claimed === undefined || !isSameSignature(calculated, claimed)) {
      throw new S3Error(
        'SignatureDoesNotMatch',
        'The chunk signature we calculated does not match the signature you provided.',
      );
    }
    this.#previous = calculated;
  }
}

function chainFor(authentication: Authentication): SignatureChain | undefined {
  switch (authentication.payload) {
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return undefined;
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return new SignatureChain(authentication, false);
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return new SignatureChain(authentication, true);
    default:
      throw new S3Error('NotImplemented', `The payload form ${authentication.payload} is not implemented.`);
  }
}

function parseChunkHeader(line: string): { sizeBytes: number; signature: string | undefined } {
  const match = /^([0-9a-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(line);
  if (match === null) throw incomplete(`"${line.slice(0, 80)}" is not a chunk header`);
  return { sizeBytes: Number.parseInt(match[1] ?? '', 16), signature: match[2] };
}

function incomplete(reason: string): S3Error {
  return new S3Error('IncompleteBody', `The request body is not a complete aws-chunked stream: ${reason}.`);
}

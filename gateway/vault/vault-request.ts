import { Readable } from 'node:stream';
import { type Dispatcher, request, stream } from 'undici';
import type { BodyInFile } from '../mover/ports.ts';
import type { RateLimit } from './rate-limit.ts';
import { ReceivedBody } from './received-body.ts';
import { StallGuard } from './stall-guard.ts';

export interface VaultAccess {
  readonly dispatcher: Dispatcher;
  readonly stallMillis: number;
  /** Of what is sent, not of what is fetched: a restore is urgent. */
  readonly sendRate?: RateLimit;
}

/** What the vault answered, as far as it decides what happens next. */
export interface VaultAnswer {
  readonly status: number;
  /** S3's name of the error, when it gave one. */
  readonly code?: string;
  /** The signature is too old, or the clocks of signer and S3 differ: a fresh one may do. */
  readonly isOutdated?: true;
}

/** Large enough for speed, small enough that a slow line shows movement well within the stall timeout. */
const sliceBytes = 256 * 2 ** 10;

/** Sends bytes to a signed URL with exactly the signed headers. Throws when no answer comes. */
export async function putObject(
  { dispatcher, stallMillis, sendRate }: VaultAccess,
  signed: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  body: Buffer | BodyInFile,
  signal: AbortSignal,
): Promise<VaultAnswer> {
  const guard = new StallGuard(stallMillis, signal);
  try {
    const response = await request(checkUrl(signed.url), {
      method: 'PUT',
      // Without its length a body goes out chunked, which S3 refuses.
      headers: { 'content-length': String(sizeOf(body)), ...lowerCaseNames(signed.headers) },
      body: Readable.from(slices(body, guard, sendRate), { objectMode: false }),
      signal: guard.signal,
      dispatcher,
    });
    // An early refusal may be followed by a reset while we still send: the status is what counts.
    return answerOf(response.statusCode, await response.body.text().catch(() => ''));
  } finally {
    guard.end();
  }
}

export interface Wanted {
  readonly range?: { readonly from: number; readonly to: number } | undefined;
  /** Memory for it, if it is large enough. */
  readonly into?: Buffer | undefined;
}

/** Fetches an object or a range of it. Throws when no answer comes or it breaks off. */
export async function getObject(
  { dispatcher, stallMillis }: VaultAccess,
  url: string,
  { range, into = Buffer.alloc(0) }: Wanted,
  signal: AbortSignal,
): Promise<Buffer | VaultAnswer> {
  const guard = new StallGuard(stallMillis, signal);
  const headers = range ? { range: `bytes=${range.from}-${range.to - 1}` } : {};
  let answer: { readonly status: number; readonly size: number; readonly body: ReceivedBody } | undefined;
  try {
    await stream(
      checkUrl(url),
      { method: 'GET', headers, signal: guard.signal, dispatcher },
      ({ statusCode: status, headers: { 'content-length': length } }) => {
        const isWanted = status === (range ? 206 : 200);
        const size = isWanted ? Number(length) : maxErrorBytes;
        const body = new ReceivedBody(memoryOf(size, into), () => guard.touch());
        answer = { status, size, body };
        return body;
      },
    );
    if (!answer) throw new Error('the vault did not answer');
    const { status, size, body } = answer;
    if (status !== (range ? 206 : 200)) return answerOf(status, body.bytes.toString());
    if (body.length !== size) throw new Error(`the vault sent ${body.length} of ${size} bytes`);
    return body.bytes;
  } finally {
    guard.end();
  }
}

/** Of its own, which whoever reads it can give back at once, where there is not enough. */
const memoryOf = (size: number, given: Buffer): Buffer =>
  size <= given.length ? given : Buffer.allocUnsafeSlow(size);

const sizeOf = (body: Buffer | BodyInFile): number => (Buffer.isBuffer(body) ? body.length : body.sizeBytes);

async function* slices(
  body: Buffer | BodyInFile,
  guard: StallGuard,
  rate: RateLimit | undefined,
): AsyncGenerator<Buffer> {
  const size = sizeOf(body);
  for (let at = 0; at < size; at += sliceBytes) {
    guard.touch();
    // Waiting for the limit is no stall.
    await rate?.take(Math.min(sliceBytes, size - at), guard.signal, () => guard.touch());
    yield Buffer.isBuffer(body) ? body.subarray(at, at + sliceBytes) : body.read(at, sliceBytes);
  }
  guard.touch();
}

/** What is read of an answer that is an error. */
const maxErrorBytes = 16 * 2 ** 10;

/** An invalid URL would appear in the error that undici throws, and from there in the log. */
function checkUrl(url: string): string {
  if (!URL.canParse(url)) throw new Error('the service signed something that is not a URL');
  return url;
}

const lowerCaseNames = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** S3 names an expired URL AccessDenied, like one that is not allowed; only the message tells. */
const outdated = /<Code>(RequestTimeTooSkewed|ExpiredToken|RequestExpired)<|<Message>Request has expired/;

function answerOf(status: number, text: string): VaultAnswer {
  const [, code] = /<Code>(\w{1,60})<\/Code>/.exec(text) ?? [];
  const isOutdated = outdated.test(text);
  return { status, ...(code !== undefined && { code }), ...(isOutdated && { isOutdated }) };
}

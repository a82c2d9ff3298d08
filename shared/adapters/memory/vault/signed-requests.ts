import { createHash, randomUUID } from 'node:crypto';
import { addMillis, type Instant } from '../../../domain/instant.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { SignedRequest, Vault } from '../../../ports/vault.ts';
import type { VersionedObjects } from './versioned-objects.ts';

export interface VaultRequest {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface VaultAnswer {
  readonly status: number;
  readonly body?: Uint8Array;
}

interface Signature {
  readonly method: 'GET' | 'PUT';
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a GET of one range. */
  readonly range?: { readonly from: number; readonly to: number };
  readonly signedAt: Instant;
  readonly validSeconds: number;
}

const maxValidSeconds = 900;

/** Signs requests by remembering them, and answers them as the bucket would. */
export class SignedRequests {
  readonly #signatures = new Map<string, Signature>();
  readonly #objects: VersionedObjects;
  readonly #clock: Clock;
  readonly #isFrozen: (key: string) => boolean;

  constructor(objects: VersionedObjects, clock: Clock, isFrozen: (key: string) => boolean) {
    this.#objects = objects;
    this.#clock = clock;
    this.#isFrozen = isFrozen;
  }

  signPut({ key, sha256, sizeBytes, ...time }: Parameters<Vault['signPut']>[0]): SignedRequest {
    const headers = {
      'content-length': `${sizeBytes}`,
      'if-none-match': '*',
      'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
    };
    return { url: this.#sign({ method: 'PUT', key, headers, ...time }), headers };
  }

  signGet({ key, range, ...time }: Parameters<Vault['signGet']>[0]): string {
    const headers = range ? { range: `bytes=${range.from}-${range.to - 1}` } : undefined;
    return this.#sign({ method: 'GET', key, headers: headers ?? {}, ...(range && { range }), ...time });
  }

  answer({ method, url, headers = {}, body = new Uint8Array() }: VaultRequest): VaultAnswer {
    const signature = this.#signatures.get(url);
    if (signature === undefined || !this.#isValid(signature, method, headers)) return { status: 403 };
    const there = this.#objects.newest(signature.key);
    if (method === 'GET' && there && this.#isFrozen(signature.key)) return frozen;
    if (method === 'GET') return there ? bytesOf(there.bytes, signature.range) : { status: 404 };
    const isAsSigned =
      `${body.length}` === headers['content-length'] &&
      createHash('sha256').update(body).digest('base64') === headers['x-amz-checksum-sha256'];
    if (!isAsSigned) return { status: 400 };
    if (there !== undefined) return { status: 412 };
    this.#objects.add(signature.key, body);
    return { status: 200 };
  }

  #sign(signature: Signature): string {
    const { key, validSeconds } = signature;
    if (!(Number.isInteger(validSeconds) && validSeconds >= 1 && validSeconds <= maxValidSeconds)) {
      throw new RangeError(`validSeconds is ${validSeconds}: sign for 1 to ${maxValidSeconds} seconds`);
    }
    const url = `memory://vault/${encodeURI(key)}?signature=${randomUUID()}`;
    this.#signatures.set(url, signature);
    return url;
  }

  #isValid(signature: Signature, method: string, headers: Readonly<Record<string, string>>): boolean {
    const end = addMillis(signature.signedAt, signature.validSeconds * 1000);
    const hasHeaders = Object.entries(signature.headers).every(([name, value]) => headers[name] === value);
    return signature.method === method && hasHeaders && this.#clock.now() < end;
  }
}

const frozen: VaultAnswer = {
  status: 403,
  body: Buffer.from('<Error><Code>InvalidObjectState</Code></Error>'),
};

const bytesOf = (bytes: Uint8Array, range: Signature['range']): VaultAnswer =>
  range ? { status: 206, body: bytes.slice(range.from, range.to) } : { status: 200, body: bytes.slice() };

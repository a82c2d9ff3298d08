import { type IncomingHttpHeaders, type IncomingMessage, validateHeaderValue } from 'node:http';
import type { Authentication } from './authenticate.ts';
import type { BodySlice } from './bodies/send-slice.ts';
import type { RequestTarget } from './request-target.ts';
import { S3Error } from './s3-error.ts';

/** An authenticated request. */
export interface S3Call {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  /** Parameters that are neither part of the signature nor stand for a header. */
  readonly query: ReadonlyMap<string, string>;
  /** Headers, and the x-amz-* parameters of a presigned URL that S3 takes for headers. */
  readonly headers: ReadonlyMap<string, string>;
  readonly authentication: Authentication;
  readonly now: number;
  readonly requestId: string;
  readonly sourceIp: string;
  /** The body as it comes over the wire. To be asked for once, when everything else was checked. */
  readonly openBody: () => IncomingMessage;
}

export interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** An XML document or the bytes of an object. */
  readonly body?: string | BodySlice;
}

const SIGNATURE_PARAMETERS = new Set([
  'x-amz-algorithm',
  'x-amz-content-sha256',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

/** `x-id` names the operation for AWS's own tooling; S3 ignores it. */
const IGNORED_PARAMETERS = new Set(['x-id']);

/**
 * Sorts out what a request says where. S3 takes x-amz-* parameters of a presigned URL for headers, but not
 * the checksums among them: SDKs put the checksum of the empty body there, and only a signed header binds
 * the bytes that are uploaded.
 */
export function readParameters(
  target: RequestTarget,
  incoming: IncomingHttpHeaders,
  authType: Authentication['authType'],
): Pick<S3Call, 'query' | 'headers'> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(incoming)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const query = new Map<string, string>();
  for (const [name, value] of target.query) {
    const lowerCase = name.toLowerCase();
    if (authType === 'REST-QUERY-STRING' && lowerCase.startsWith('x-amz-')) {
      const isHeader = !SIGNATURE_PARAMETERS.has(lowerCase) && !isIgnoredInQuery(lowerCase);
      if (isHeader && !headers.has(lowerCase)) headers.set(lowerCase, asHeaderValue(name, value));
    } else if (!IGNORED_PARAMETERS.has(name)) {
      if (query.has(name)) throw new S3Error('InvalidArgument', `The parameter ${name} is given twice.`);
      query.set(name, value);
    }
  }
  return { query, headers };
}

/** A parameter that becomes a header, now or in a later answer: it must not be able to end one. */
export function asHeaderValue(name: string, value: string): string {
  try {
    validateHeaderValue(name, value);
    return value;
  } catch {
    throw new S3Error('InvalidArgument', `The value of ${name} has characters that no header can hold.`, {
      details: { ArgumentName: name },
    });
  }
}

/** A header or parameter that is a whole number within bounds. */
export function readInteger(name: string, text: string | undefined, fallback: number, max: number): number {
  if (text === undefined || text === '') return fallback;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) {
    throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
      details: { ArgumentName: name, ArgumentValue: text },
    });
  }
  return value;
}

function isIgnoredInQuery(name: string): boolean {
  return name.startsWith('x-amz-checksum-') || name === 'x-amz-sdk-checksum-algorithm';
}

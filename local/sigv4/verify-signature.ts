import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { LocalCredential } from '../services.ts';
import { canonicalRequest, type QueryPairs } from './canonical-request.ts';
import type { ClaimedSignature, CredentialScope } from './read-signature.ts';
import { SignatureError } from './signature-error.ts';

/** AWS refuses requests whose time is further away from its own, to bound replays. */
export const MAX_SKEW_MILLISECONDS = 15 * 60_000;

export interface SignedParts {
  readonly method: string;
  readonly canonicalPath: string;
  readonly query: QueryPairs;
  readonly headers: IncomingHttpHeaders;
  readonly payloadHash: string;
}

export interface SignatureExpectation {
  readonly region: string;
  readonly service: string;
  readonly credentials: readonly LocalCredential[];
  readonly now: number;
}

export interface VerifiedSignature {
  readonly credential: LocalCredential;
  /** Signs the chunks of a streamed body. */
  readonly signingKey: Buffer;
}

/**
 * Checks scope, key, time, coverage and value of a claimed signature. Every x-amz-* header of the request must
 * be signed: an unsigned one could have been added by anybody who saw the URL.
 * Throws SignatureError.
 */
export function verifySignature(
  parts: SignedParts,
  claimed: ClaimedSignature,
  expected: SignatureExpectation,
): VerifiedSignature {
  checkScope(claimed.scope, expected);
  const credential = expected.credentials.find(({ accessKeyId }) => accessKeyId === claimed.accessKeyId);
  if (credential === undefined) {
    throw new SignatureError(
      'unknown-key',
      'The AWS Access Key Id you provided does not exist in our records.',
      {
        AWSAccessKeyId: claimed.accessKeyId,
      },
    );
  }
  checkTime(claimed, expected.now);
  checkCoverage(parts, claimed);

  const signingKey = deriveSigningKey(credential.secretAccessKey, claimed.scope);
  const canonical = canonicalRequest({ ...parts, signedHeaders: claimed.signedHeaders });
  const stringToSign = [
    'AWS4-HMAC-SHA256',
    claimed.amzDate,
    scopeText(claimed.scope),
    createHash('sha256').update(canonical, 'latin1').digest('hex'),
  ].join('\n');
  if (!isSameSignature(hmacHex(signingKey, stringToSign), claimed.signature)) {
    throw new SignatureError(
      'mismatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      { AWSAccessKeyId: claimed.accessKeyId, StringToSign: stringToSign, CanonicalRequest: canonical },
    );
  }
  return { credential, signingKey };
}

/** The scope as it stands in credentials and strings to sign. */
export function scopeText(scope: CredentialScope): string {
  return `${scope.day}/${scope.region}/${scope.service}/aws4_request`;
}

export function deriveSigningKey(secretAccessKey: string, scope: CredentialScope): Buffer {
  const dayKey = hmac(`AWS4${secretAccessKey}`, scope.day);
  return hmac(hmac(hmac(dayKey, scope.region), scope.service), 'aws4_request');
}

export function hmacHex(key: Buffer, text: string): string {
  return hmac(key, text).toString('hex');
}

/** Constant time, so that a signature cannot be guessed byte by byte. */
export function isSameSignature(calculated: string, claimed: string): boolean {
  const a = Buffer.from(calculated);
  const b = Buffer.from(claimed);
  return a.length === b.length && timingSafeEqual(a, b);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function checkScope(scope: CredentialScope, expected: SignatureExpectation): void {
  if (scope.region !== expected.region) {
    throw new SignatureError(
      'wrong-scope',
      `the region '${scope.region}' is wrong; expecting '${expected.region}'`,
      { Region: expected.region },
    );
  }
  if (scope.service !== expected.service) {
    throw new SignatureError(
      'wrong-scope',
      `incorrect service "${scope.service}". This endpoint belongs to "${expected.service}".`,
    );
  }
}

function checkTime(claimed: ClaimedSignature, now: number): void {
  const isoDate = (time: number) => new Date(time).toISOString();
  if (claimed.expiresSeconds === undefined) {
    if (Math.abs(now - claimed.signedAt) <= MAX_SKEW_MILLISECONDS) return;
    throw new SignatureError(
      'skewed',
      'The difference between the request time and the current time is too large.',
      {
        RequestTime: claimed.amzDate,
        ServerTime: isoDate(now),
        MaxAllowedSkewMilliseconds: String(MAX_SKEW_MILLISECONDS),
      },
    );
  }
  const expiresAt = claimed.signedAt + claimed.expiresSeconds * 1000;
  if (now > expiresAt) {
    throw new SignatureError('expired', 'Request has expired', {
      'X-Amz-Expires': String(claimed.expiresSeconds),
      Expires: isoDate(expiresAt),
      ServerTime: isoDate(now),
    });
  }
  if (now < claimed.signedAt - MAX_SKEW_MILLISECONDS) {
    throw new SignatureError('not-yet-valid', 'Request is not valid yet', { ServerTime: isoDate(now) });
  }
}

function checkCoverage(parts: SignedParts, claimed: ClaimedSignature): void {
  const needed = Object.keys(parts.headers).filter((name) => name.startsWith('x-amz-'));
  const unsigned = ['host', ...needed].filter((name) => !claimed.signedHeaders.includes(name));
  if (unsigned.length > 0) {
    throw new SignatureError(
      'unsigned-headers',
      'There were headers present in the request which were not signed',
      { HeadersNotSigned: unsigned.join(', ') },
    );
  }
}

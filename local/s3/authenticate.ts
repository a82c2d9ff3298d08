import type { IncomingHttpHeaders } from 'node:http';
import type { LocalCredential } from '../services.ts';
import type { QueryPairs } from '../sigv4/canonical-request.ts';
import { type ClaimedSignature, readHeaderSignature, readQuerySignature } from '../sigv4/read-signature.ts';
import { SignatureError, type SignatureFault } from '../sigv4/signature-error.ts';
import { verifySignature } from '../sigv4/verify-signature.ts';
import type { RequestTarget } from './request-target.ts';
import { S3Error, type S3ErrorCode } from './s3-error.ts';

export interface Authentication {
  readonly caller: LocalCredential;
  readonly authType: 'REST-HEADER' | 'REST-QUERY-STRING';
  readonly signature: ClaimedSignature;
  /** Continues the signature over the chunks of a signed stream. */
  readonly signingKey: Buffer;
  /** Value of x-amz-content-sha256: a hash, UNSIGNED-PAYLOAD or a STREAMING- form. */
  readonly payload: string;
}

export interface Expectation {
  readonly region: string;
  readonly credentials: readonly LocalCredential[];
  readonly now: number;
}

const CODES: Readonly<Record<Exclude<SignatureFault, 'malformed' | 'wrong-scope'>, S3ErrorCode>> = {
  missing: 'AccessDenied',
  'unknown-key': 'InvalidAccessKeyId',
  'session-token': 'InvalidToken',
  'unsigned-headers': 'AccessDenied',
  skewed: 'RequestTimeTooSkewed',
  'not-yet-valid': 'AccessDenied',
  expired: 'AccessDenied',
  'payload-mismatch': 'XAmzContentSHA256Mismatch',
  mismatch: 'SignatureDoesNotMatch',
};

/** Finds out who calls. Anonymous requests are refused, as a bucket with public access blocked refuses them. */
export function authenticate(
  method: string,
  target: RequestTarget,
  headers: IncomingHttpHeaders,
  expected: Expectation,
): Authentication {
  const isPresigned = target.query.some(([name]) => name === 'X-Amz-Signature' || name === 'X-Amz-Algorithm');
  if (isPresigned && headers.authorization !== undefined) {
    throw new S3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified',
    );
  }
  if (!isPresigned && headers.authorization === undefined) throw new S3Error('AccessDenied', 'Access Denied');
  try {
    refuseSessionToken(target.query, headers);
    const signature = isPresigned ? readQuerySignature(target.query) : readHeaderSignature(headers);
    const payload = isPresigned ? presignedPayload(target.query, headers) : headerPayload(headers);
    const { credential, signingKey } = verifySignature(
      { method, canonicalPath: target.canonicalPath, query: target.query, headers, payloadHash: payload },
      signature,
      { ...expected, service: 's3' },
    );
    const authType = isPresigned ? 'REST-QUERY-STRING' : 'REST-HEADER';
    return { caller: credential, authType, signature, signingKey, payload };
  } catch (cause) {
    throw cause instanceof SignatureError ? inS3Words(cause, isPresigned) : cause;
  }
}

function inS3Words(error: SignatureError, isPresigned: boolean): S3Error {
  if (error.fault === 'malformed' || error.fault === 'wrong-scope') {
    return isPresigned
      ? new S3Error('AuthorizationQueryParametersError', error.message, { details: error.details })
      : new S3Error(
          'AuthorizationHeaderMalformed',
          `The authorization header is malformed; ${error.message}`,
          { details: error.details },
        );
  }
  return new S3Error(CODES[error.fault], error.message, { details: error.details });
}

function refuseSessionToken(query: QueryPairs, headers: IncomingHttpHeaders): void {
  if (
    headers['x-amz-security-token'] === undefined &&
    queryValue(query, 'x-amz-security-token') === undefined
  ) {
    return;
  }
  throw new SignatureError(
    'session-token',
    'The provided token is malformed or otherwise invalid: local credentials have no session token.',
  );
}

function headerPayload(headers: IncomingHttpHeaders): string {
  const declared = headers['x-amz-content-sha256'];
  if (typeof declared !== 'string') {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  return checkedPayload(declared);
}

function presignedPayload(query: QueryPairs, headers: IncomingHttpHeaders): string {
  const declared = headers['x-amz-content-sha256'] ?? queryValue(query, 'x-amz-content-sha256');
  return checkedPayload(typeof declared === 'string' ? declared : 'UNSIGNED-PAYLOAD');
}

function checkedPayload(payload: string): string {
  if (/^([0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+)$/.test(payload)) return payload;
  throw new S3Error(
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- form, or a valid sha256 value.',
  );
}

function queryValue(query: QueryPairs, lowerCaseName: string): string | undefined {
  return query.find(([name]) => name.toLowerCase() === lowerCaseName)?.[1];
}

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { LocalCredential } from '../services.ts';
import { canonicalServicePath, parseQuery } from './canonical-request.ts';
import { readHeaderSignature } from './read-signature.ts';
import { SignatureError, type SignatureFault } from './signature-error.ts';
import { type SignatureExpectation, verifySignature } from './verify-signature.ts';

/** A request to a JSON service, its body complete. */
export interface SignedRequest {
  readonly method: string;
  /** Request target as it came over the wire (`IncomingMessage.url`). */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** Error names of AWS's JSON services. The status belongs to the protocol: 400 for AWS JSON 1.x, 403 for REST. */
const ERROR_NAMES: Readonly<Record<SignatureFault, string>> = {
  missing: 'MissingAuthenticationTokenException',
  malformed: 'IncompleteSignatureException',
  'wrong-scope': 'InvalidSignatureException',
  'unknown-key': 'UnrecognizedClientException',
  'session-token': 'UnrecognizedClientException',
  'unsigned-headers': 'InvalidSignatureException',
  skewed: 'InvalidSignatureException',
  'not-yet-valid': 'InvalidSignatureException',
  expired: 'InvalidSignatureException',
  'payload-mismatch': 'InvalidSignatureException',
  mismatch: 'InvalidSignatureException',
};

/** Name of the error as Step Functions, EventBridge, Lambda and their like give it. */
export function jsonServiceErrorName(error: SignatureError): string {
  return ERROR_NAMES[error.fault];
}

/**
 * Verifies a request to any service but S3: signature in the Authorization header over the hash of the body.
 * Returns the caller's credential. Throws SignatureError; `jsonServiceErrorName` has AWS's name for it.
 */
export function verifySignedRequest(request: SignedRequest, expected: SignatureExpectation): LocalCredential {
  if (request.headers.authorization === undefined) {
    throw new SignatureError('missing', 'Missing Authentication Token');
  }
  if (request.headers['x-amz-security-token'] !== undefined) {
    throw new SignatureError('session-token', 'The security token included in the request is invalid.');
  }
  const payloadHash = createHash('sha256').update(request.body).digest('hex');
  const declaredHash = request.headers['x-amz-content-sha256'];
  if (declaredHash !== undefined && declaredHash !== payloadHash) {
    throw new SignatureError('payload-mismatch', 'x-amz-content-sha256 is not the SHA-256 of the body.');
  }
  const { path, query } = splitTarget(request.target);
  const parts = {
    method: request.method,
    canonicalPath: canonicalServicePath(path),
    query,
    headers: request.headers,
    payloadHash,
  };
  return verifySignature(parts, readHeaderSignature(request.headers), expected).credential;
}

function splitTarget(target: string) {
  const question = target.indexOf('?');
  if (question < 0) return { path: target, query: [] };
  try {
    return { path: target.slice(0, question), query: parseQuery(target.slice(question + 1)) };
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    throw new SignatureError('malformed', 'The query string is not valid percent-encoded UTF-8.');
  }
}

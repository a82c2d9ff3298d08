import type { IncomingHttpHeaders } from 'node:http';
import type { QueryPairs } from './canonical-request.ts';
import { SignatureError } from './signature-error.ts';

/** AWS's own upper bound for X-Amz-Expires: seven days, the life of a signing key. */
const MAX_EXPIRES_SECONDS = 604_800;

export interface CredentialScope {
  /** UTC day, YYYYMMDD. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

/** What a request says about its signature; nothing of it is verified yet. */
export interface ClaimedSignature {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** As sent, YYYYMMDDTHHMMSSZ. */
  readonly amzDate: string;
  readonly signedAt: number;
  /** Set for presigned URLs only. */
  readonly expiresSeconds?: number;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]{64})$/;

/** Reads the Authorization header. Throws SignatureError 'malformed'. */
export function readHeaderSignature(headers: IncomingHttpHeaders): ClaimedSignature {
  const match = AUTHORIZATION.exec(headers.authorization ?? '');
  if (match === null) {
    throw malformed(
      'The authorization header is malformed; it must be "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…".',
    );
  }
  const [, credential = '', signedHeaders = '', signature = ''] = match;
  const amzDate = headers['x-amz-date'];
  if (typeof amzDate !== 'string') throw malformed('AWS authentication requires a valid x-amz-date header');
  return claim(credential, signedHeaders, signature, amzDate);
}

/** Reads the X-Amz-* parameters of a presigned URL. Throws SignatureError 'malformed'. */
export function readQuerySignature(
  query: QueryPairs,
): ClaimedSignature & { readonly expiresSeconds: number } {
  const one = (name: string): string => {
    const values = query.filter(([key]) => key === name);
    if (values.length !== 1) {
      throw malformed(
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, ' +
          `X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters, each once; ${name} is given ${values.length} times.`,
      );
    }
    return values[0]?.[1] ?? '';
  };
  if (one('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') {
    throw malformed('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  }
  if (!/^[0-9a-f]{64}$/.test(one('X-Amz-Signature'))) {
    throw malformed('X-Amz-Signature must be 64 lowercase hexadecimal digits');
  }
  const expires = one('X-Amz-Expires');
  if (!/^\d+$/.test(expires)) throw malformed('X-Amz-Expires should be a number');
  const expiresSeconds = Number(expires);
  if (expiresSeconds < 1 || expiresSeconds > MAX_EXPIRES_SECONDS) {
    throw malformed(`X-Amz-Expires must be between 1 and ${MAX_EXPIRES_SECONDS} seconds (a week)`);
  }
  return {
    ...claim(one('X-Amz-Credential'), one('X-Amz-SignedHeaders'), one('X-Amz-Signature'), one('X-Amz-Date')),
    expiresSeconds,
  };
}

function claim(credential: string, headerList: string, signature: string, amzDate: string): ClaimedSignature {
  const [accessKeyId = '', day = '', region = '', service = '', terminator, ...rest] = credential.split('/');
  if (accessKeyId === '' || terminator !== 'aws4_request' || rest.length > 0) {
    throw malformed(
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  const signedAt = parseAmzDate(amzDate);
  if (!amzDate.startsWith(day) || day.length !== 8) {
    throw malformed(`the date of the Credential, ${day}, is not the date of X-Amz-Date, ${amzDate}.`);
  }
  const signedHeaders = headerList.split(';');
  const isOrdered = signedHeaders.every(
    (name, i) =>
      name !== '' && name === name.toLowerCase() && (i === 0 || name > (signedHeaders[i - 1] ?? '')),
  );
  if (!isOrdered) throw malformed('SignedHeaders must be lowercase names in alphabetical order, each once.');
  return { accessKeyId, scope: { day, region, service }, signedHeaders, signature, amzDate, signedAt };
}

function parseAmzDate(amzDate: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(amzDate);
  const time =
    match === null
      ? Number.NaN
      : Date.parse(amzDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(time)) {
    throw malformed(`the date "${amzDate}" must be in the ISO 8601 format "yyyyMMdd'T'HHmmss'Z'".`);
  }
  return time;
}

function malformed(message: string): SignatureError {
  return new SignatureError('malformed', message);
}

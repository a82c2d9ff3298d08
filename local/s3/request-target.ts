import { canonicalObjectPath, parseQuery, type QueryPairs } from '../sigv4/canonical-request.ts';
import { S3Error } from './s3-error.ts';

/** Longest key, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

/** What a path-style request is about. */
export interface RequestTarget {
  /** Empty for requests about the account. */
  readonly bucket: string;
  /** Empty for requests about the bucket. Never used as a path of this machine. */
  readonly key: string;
  readonly query: QueryPairs;
  readonly canonicalPath: string;
}

/**
 * Splits the raw request target. URL parsers resolve `..` and `//`, which are plain characters of S3's keys,
 * so none is used here.
 */
export function parseTarget(rawTarget: string): RequestTarget {
  const question = rawTarget.indexOf('?');
  const rawPath = question < 0 ? rawTarget : rawTarget.slice(0, question);
  const rawQuery = question < 0 ? '' : rawTarget.slice(question + 1);
  if (!rawPath.startsWith('/') || /[^\x21-\x7e]/.test(rawTarget)) throw invalidUri();

  const path = decode(() => decodeURIComponent(rawPath));
  const slash = path.indexOf('/', 1);
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash);
  const key = slash < 0 ? '' : path.slice(slash + 1);
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', 'Your key is too long', {
      details: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(MAX_KEY_BYTES) },
    });
  }
  return {
    bucket,
    key,
    query: decode(() => parseQuery(rawQuery)),
    canonicalPath: canonicalObjectPath(path),
  };
}

function decode<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof URIError) throw invalidUri();
    throw cause;
  }
}

function invalidUri(): S3Error {
  return new S3Error(
    'InvalidURI',
    "Couldn't parse the specified URI: it must be a path of percent-encoded UTF-8.",
  );
}

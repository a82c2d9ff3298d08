import type { IncomingHttpHeaders } from 'node:http';

/** Decoded query parameters in the order of the request; a name may repeat. */
export type QueryPairs = readonly (readonly [name: string, value: string])[];

/** Encodes as Signature V4 asks: everything but RFC 3986's unreserved characters, as UTF-8. */
export function encodeUriComponent(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Path as S3 signs it: each segment encoded once, nothing normalized. */
export function canonicalObjectPath(decodedPath: string): string {
  return decodedPath.split('/').map(encodeUriComponent).join('/');
}

/** Path as all other services sign it: dot segments removed, then the path as sent is encoded once more. */
export function canonicalServicePath(rawPath: string): string {
  const segments: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(encodeUriComponent(segment));
  }
  const trailingSlash = segments.length > 0 && rawPath.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${trailingSlash}`;
}

/** Splits and decodes a raw query string. Throws URIError when the percent-encoding is broken. */
export function parseQuery(rawQuery: string): QueryPairs {
  if (rawQuery === '') return [];
  const decode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
  return rawQuery.split('&').map((pair) => {
    const equals = pair.indexOf('=');
    return equals < 0
      ? ([decode(pair), ''] as const)
      : ([decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))] as const);
  });
}

/** Query part of the canonical request: sorted by encoded name, then value; the signature itself left out. */
export function canonicalQuery(pairs: QueryPairs): string {
  return pairs
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encodeUriComponent(name), encodeUriComponent(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

export interface CanonicalParts {
  readonly method: string;
  readonly canonicalPath: string;
  readonly query: QueryPairs;
  readonly headers: IncomingHttpHeaders;
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
}

/**
 * The text whose hash is signed. Header values keep the bytes that came over the wire: node:http decodes
 * them as latin1, so the result must be hashed as latin1, too.
 */
export function canonicalRequest(parts: CanonicalParts): string {
  const headerLines = parts.signedHeaders.map(
    (name) => `${name}:${canonicalHeaderValue(parts.headers[name])}`,
  );
  return [
    parts.method,
    parts.canonicalPath,
    canonicalQuery(parts.query),
    ...headerLines,
    '',
    parts.signedHeaders.join(';'),
    parts.payloadHash,
  ].join('\n');
}

function canonicalHeaderValue(value: string | string[] | undefined): string {
  const values = Array.isArray(value) ? value : [value ?? ''];
  return values.map((one) => one.trim().replace(/ +/g, ' ')).join(',');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

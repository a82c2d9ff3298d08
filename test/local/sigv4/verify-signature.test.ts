import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalObjectPath, canonicalQuery, parseQuery } from '../../../local/sigv4/canonical-request.ts';
import { readHeaderSignature, readQuerySignature } from '../../../local/sigv4/read-signature.ts';
import { verifySignature } from '../../../local/sigv4/verify-signature.ts';

/** Examples of Amazon's documentation of Signature Version 4 for S3: the signatures below are theirs. */
const CREDENTIAL = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  principalArn: 'arn:aws:iam::123456789012:role/Example',
};
const EXPECTED = {
  region: 'us-east-1',
  service: 's3',
  credentials: [CREDENTIAL],
  now: Date.UTC(2013, 4, 24),
};
const SCOPE = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
const EMPTY_HASH = createHash('sha256').digest('hex');
const HOST = 'examplebucket.s3.amazonaws.com';
const DATED = { host: HOST, 'x-amz-date': '20130524T000000Z' };

const authorization = (signedHeaders: string, signature: string) =>
  `AWS4-HMAC-SHA256 Credential=${SCOPE},SignedHeaders=${signedHeaders},Signature=${signature}`;

describe('AWS’s own examples verify', () => {
  it('GET of an object', () => {
    const headers = {
      ...DATED,
      range: 'bytes=0-9',
      'x-amz-content-sha256': EMPTY_HASH,
      authorization: authorization(
        'host;range;x-amz-content-sha256;x-amz-date',
        'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      ),
    };
    const parts = { method: 'GET', canonicalPath: '/test.txt', query: [], headers, payloadHash: EMPTY_HASH };

    const verified = verifySignature(parts, readHeaderSignature(headers), EXPECTED);

    expect(verified.credential).toBe(CREDENTIAL);
  });

  it('PUT of an object whose key needs encoding', () => {
    const payloadHash = createHash('sha256').update('Welcome to Amazon S3.').digest('hex');
    const headers = {
      host: HOST,
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-date': '20130524T000000Z',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': payloadHash,
      authorization: authorization(
        'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
        '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
      ),
    };
    const canonicalPath = canonicalObjectPath('/test$file.text');
    const parts = { method: 'PUT', canonicalPath, query: [], headers, payloadHash };

    expect(() => verifySignature(parts, readHeaderSignature(headers), EXPECTED)).not.toThrow();
  });

  it('a list with parameters', () => {
    const headers = {
      ...DATED,
      'x-amz-content-sha256': EMPTY_HASH,
      authorization: authorization(
        'host;x-amz-content-sha256;x-amz-date',
        '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
      ),
    };
    const query = parseQuery('max-keys=2&prefix=J');
    const parts = { method: 'GET', canonicalPath: '/', query, headers, payloadHash: EMPTY_HASH };

    expect(() => verifySignature(parts, readHeaderSignature(headers), EXPECTED)).not.toThrow();
  });

  it('a presigned URL', () => {
    const query = parseQuery(
      [
        'X-Amz-Algorithm=AWS4-HMAC-SHA256',
        `X-Amz-Credential=${SCOPE.replaceAll('/', '%2F')}`,
        'X-Amz-Date=20130524T000000Z',
        'X-Amz-Expires=86400',
        'X-Amz-SignedHeaders=host',
        'X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
      ].join('&'),
    );
    const parts = {
      method: 'GET',
      canonicalPath: '/test.txt',
      query,
      headers: { host: HOST },
      payloadHash: 'UNSIGNED-PAYLOAD',
    };
    const at = (now: number) => () => verifySignature(parts, readQuerySignature(query), { ...EXPECTED, now });
    const aDayLater = EXPECTED.now + 86_400_000;

    expect(at(EXPECTED.now)).not.toThrow();
    expect(at(aDayLater)).not.toThrow();
    expect(at(aDayLater + 1)).toThrow('Request has expired');
    expect(at(EXPECTED.now - 15 * 60_000)).not.toThrow();
    expect(at(EXPECTED.now - 15 * 60_000 - 1)).toThrow('not valid yet');
  });
});

describe('canonicalQuery', () => {
  it('sorts by the encoded name, then by the value, and leaves out the signature', () => {
    expect(canonicalQuery(parseQuery('b=2&a=%20&B=1&b=1&X-Amz-Signature=x&a%2Bc=&d'))).toBe(
      'B=1&a=%20&a%2Bc=&b=1&b=2&d=',
    );
  });
});

describe('readHeaderSignature', () => {
  const headers = (changed: Partial<Record<'authorization' | 'x-amz-date', string>>) => ({
    ...DATED,
    authorization: authorization('host;x-amz-date', 'a'.repeat(64)),
    ...changed,
  });

  it.each([
    ['another algorithm', { authorization: 'AWS AKIA:signature' }],
    ['a short signature', { authorization: authorization('host', 'abc') }],
    ['unsorted headers', { authorization: authorization('x-amz-date;host', 'a'.repeat(64)) }],
    ['headers in capitals', { authorization: authorization('Host;x-amz-date', 'a'.repeat(64)) }],
    ['a header twice', { authorization: authorization('host;host', 'a'.repeat(64)) }],
    ['a scope of four parts', { authorization: authorization('host', 'a'.repeat(64)).replace('/s3/', '/') }],
    ['a date that is none', { 'x-amz-date': '20131324T000000Z' }],
    ['the date of another day', { 'x-amz-date': '20130525T000000Z' }],
  ])('refuses %s', (_title, changed) => {
    expect(() => readHeaderSignature(headers(changed))).toThrow(
      expect.objectContaining({ fault: 'malformed' }),
    );
  });
});

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalS3, startS3 } from '../../../local/s3/server.ts';
import { ACCOUNT, newDirectory, removeDirectory, roleArn } from './local-server.ts';
import { sendRaw } from './raw-http.ts';

/**
 * The example of Amazon's documentation of signed chunks: key, date, host, path and all signatures are theirs,
 * so these tests compare our verifier with AWS's own numbers.
 */
const EXAMPLE = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const SIGNED_AT = Date.UTC(2013, 4, 24);

const SIGNED_PAYLOAD = {
  form: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  chunks: [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ],
  length: 66824,
  trailers: '',
  signedHeaders:
    'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
};

const SIGNED_TRAILER = {
  form: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  seed: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
  chunks: [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ],
  length: undefined,
  trailers:
    'x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n',
  signedHeaders:
    'content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer',
};

let s3: LocalS3;
const directory = newDirectory();
beforeAll(async () => {
  const credentials = [{ ...EXAMPLE, principalArn: roleArn('Example') }];
  s3 = await startS3({
    directory,
    region: 'us-east-1',
    accountId: ACCOUNT,
    credentials,
    clock: () => SIGNED_AT,
  });
  s3.putBucket({ name: 'examplebucket', versioning: false });
});
afterAll(async () => {
  await s3.close();
  removeDirectory(directory);
});

type Example = typeof SIGNED_PAYLOAD | typeof SIGNED_TRAILER;

function bodyOf(example: Example, letter = 'a'): string {
  const [first, second, last] = example.chunks;
  return [
    `10000;chunk-signature=${first}\r\n${letter.repeat(65536)}\r\n`,
    `400;chunk-signature=${second}\r\n${'a'.repeat(1024)}\r\n`,
    `0;chunk-signature=${last}\r\n${example.trailers}\r\n`,
  ].join('');
}

function send(example: Example, body: string) {
  const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
  const headers: Record<string, string> = {
    host: 's3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    authorization: `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${example.signedHeaders},Signature=${example.seed}`,
    'x-amz-content-sha256': example.form,
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
    'content-length': `${example.length ?? body.length}`,
    ...(example.trailers !== '' && { 'x-amz-trailer': 'x-amz-checksum-crc32c' }),
  };
  return sendRaw(s3.endpoint, { method: 'PUT', target: '/examplebucket/chunkObject.txt', headers, body });
}

describe.each([SIGNED_PAYLOAD, SIGNED_TRAILER])('$form', (example) => {
  it('is accepted with the signatures of AWS’s own example', async () => {
    const response = await send(example, bodyOf(example));

    expect(response.code).toBe('');
    expect(response.status).toBe(200);
    const md5 = createHash('md5').update('a'.repeat(66_560)).digest('hex');
    expect(response.headers.etag).toBe(`"${md5}"`);
  });

  it('is refused when a byte of a chunk was changed', async () => {
    const response = await send(example, bodyOf(example, 'b'));

    expect(response).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });

  it('is refused when the signature of the last chunk was changed', async () => {
    const [, , last = ''] = example.chunks;

    const response = await send(example, bodyOf(example).replace(last, last.replace(/^./, '0')));

    expect(response).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });
});

it('is refused when the trailer’s signature was changed', async () => {
  const response = await send(SIGNED_TRAILER, bodyOf(SIGNED_TRAILER).replace(':d81f', ':d81e'));

  expect(response).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
});

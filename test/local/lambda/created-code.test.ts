import { UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { unzipCode } from '../../../local/lambda/unzip-code.ts';
import { connectLambda, openLambdaEndpoint, zipOf } from './lambda-endpoint.ts';
import { startTestLambda } from './lambda-fixture.ts';

const HANDLER = 'export const handler = async () => "ran";';

describe('the code of a created function', () => {
  it.each([
    ['index.handler', { 'index.mjs': HANDLER }],
    ['index.handler', { 'index.js': 'exports.handler = async () => "ran";' }],
    ['index.handler', { 'index.js': HANDLER, 'package.json': '{"type":"module"}' }],
    ['src/api/mounts.main', { 'src/api/mounts.mjs': 'export const main = async () => "ran";' }],
    [
      'index.handler',
      {
        'index.mjs': 'import { say } from "words"; export const handler = async () => say;',
        'node_modules/words/index.mjs': 'export const say = "ran";',
        'node_modules/words/package.json': '{"exports":"./index.mjs"}',
      },
    ],
    [
      'index.handler',
      {
        'index.mjs':
          'import { readFileSync } from "node:fs"; export const handler = async () => readFileSync(process.env.LAMBDA_TASK_ROOT + "/data/word.txt", "utf8");',
        'data/word.txt': 'ran',
      },
    ],
  ])('is found for the handler %s in %j', async (Handler, files) => {
    const { create, invoke } = await openLambdaEndpoint();

    const name = await create(files as unknown as Record<string, string>, { Handler });

    expect(await invoke(name)).toMatchObject({ value: 'ran', functionError: undefined });
  });

  it('that cannot be unpacked is refused, and the function keeps what it has', async () => {
    const { client, create, invoke } = await openLambdaEndpoint();
    const FunctionName = await create(HANDLER);

    const broken = client.send(
      new UpdateFunctionCodeCommand({ FunctionName, ZipFile: strToU8('this is no archive') }),
    );

    await expect(broken).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining(
        'Could not unzip uploaded file. Please check your file, then try to upload again.',
      ),
    });
    expect((await invoke(FunctionName)).value).toBe('ran');
  });

  it('may not fill more than the storage of the account', async () => {
    const codeStorageBytes = zipOf(HANDLER).length * 2;
    const { client, create } = connectLambda((await startTestLambda([], { codeStorageBytes })).endpoint);
    const FunctionName = await create(HANDLER);
    await create(HANDLER);

    const full = { name: 'CodeStorageExceededException', $metadata: { httpStatusCode: 400 } };
    await expect(create(HANDLER)).rejects.toMatchObject(full);
    const ZipFile = zipOf({ 'index.mjs': HANDLER, 'more.mjs': HANDLER });
    await expect(client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }))).rejects.toMatchObject(
      full,
    );
    await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipOf(HANDLER) }));
  });

  it('may have 70,167,211 bytes with its request, and not one more', async () => {
    const { endpoint } = await startTestLambda([]);

    const response = await fetch(`${endpoint}/2015-03-31/functions`, {
      method: 'POST',
      body: new Uint8Array(70_167_212),
    });

    expect(response.status).toBe(413);
    expect(response.headers.get('x-amzn-errortype')).toBe('RequestEntityTooLargeException');
    expect(await response.json()).toMatchObject({
      message: 'Request must be smaller than 70167211 bytes for the CreateFunction operation',
    });
  });

  it('is read from S3 when the caller says so', async () => {
    const seen: object[] = [];
    const lambda = await startTestLambda([], {
      readCodeObject: async (source) => {
        seen.push(source);
        if (source.key === 'gone.zip') throw Object.assign(new Error('no such key'), { name: 'NoSuchKey' });
        return zipOf(HANDLER);
      },
    });
    const { create, invoke } = connectLambda(lambda.endpoint);

    const name = await create('', { Code: { S3Bucket: 'b', S3Key: 'a.zip', S3ObjectVersion: 'v1' } });

    expect((await invoke(name)).value).toBe('ran');
    expect(seen).toEqual([{ bucket: 'b', key: 'a.zip', versionId: 'v1' }]);
    await expect(create('', { Code: { S3Bucket: 'b', S3Key: 'gone.zip' } })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: no such key',
    });
  });
});

describe('an archive', () => {
  const archive = (path: string, attributes = {}) =>
    zipSync({ 'index.mjs': strToU8(HANDLER), [path]: [strToU8('x'), attributes] });

  it.each([
    ['../outside.txt', 'leaves its folder'],
    ['a/../../outside.txt', 'leaves its folder'],
    ['/etc/passwd', 'leaves its folder'],
    ['..\\outside.txt', 'leaves its folder'],
    ['C:outside.txt', 'leaves its folder'],
    ['a\0b', 'leaves its folder'],
    ['index.mjs/below.txt', 'index.mjs is a file and a folder'],
    [`${'x'.repeat(256)}.txt`, 'is too long'],
  ])('with the path %j is refused', (path, reason) => {
    expect(() => unzipCode(archive(path))).toThrow(reason);
  });

  it('with a symbolic link is refused', () => {
    // Made by Unix, with the type of a link.
    expect(() => unzipCode(archive('link', { os: 3, attrs: 0o120777 << 16 }))).toThrow('symbolic link');
  });

  it('keeps which files may be executed', () => {
    const files = unzipCode(archive('bin/tool', { os: 3, attrs: (0o100755 << 16) >>> 0 }));

    expect(files.map(({ path, isExecutable }) => [path, isExecutable])).toEqual([
      ['index.mjs', false],
      ['bin/tool', true],
    ]);
  });

  it('without a file is refused', () => {
    expect(() => unzipCode(zipSync({}))).toThrow('non-empty zip');
    expect(() => unzipCode(zipSync({ 'folder/': new Uint8Array() }))).toThrow('non-empty zip');
  });

  it('that says a wrong size of a file is refused', () => {
    const zip = Buffer.from(zipSync({ 'a.txt': strToU8('x'.repeat(10_000)) }));
    const entry = zip.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    zip.writeUInt32LE(10, entry + 24);

    expect(() => unzipCode(zip)).toThrow('a.txt is damaged');
  });

  it('that would be too large is refused before it is unpacked', () => {
    const zip = Buffer.from(zipSync({ 'a.txt': strToU8('x') }));
    const entry = zip.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    zip.writeUInt32LE(262_144_001, entry + 24);

    expect(() => unzipCode(zip)).toThrow('Unzipped size must be smaller than 262144000 bytes');
    expect(() => unzipCode(new Uint8Array(52_428_801))).toThrow('Zipped size must be smaller');
  });

  it('with a damaged byte is refused, wherever it is', () => {
    const whole = zipSync({ 'index.mjs': strToU8(HANDLER.repeat(20)) });
    const contentStart = 30 + 'index.mjs'.length;
    const contentEnd = Buffer.from(whole).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));

    for (let at = contentStart; at < contentEnd; at += 1) {
      const damaged = whole.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      expect(() => unzipCode(damaged), `byte ${at}`).toThrow('Could not unzip uploaded file');
    }
  });
});

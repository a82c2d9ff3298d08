import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { startTestLambda, temporaryFolder, writeFunction } from './lambda-fixture.ts';

const commonJs = 'exports.handler = async () => typeof require;';
const esModule = 'export const handler = async () => import.meta.url.split("/").pop();';

describe('the handler', () => {
  it.each([
    ['an .mjs file', { 'index.mjs': esModule }, 'index.handler', 'index.mjs'],
    ['a .cjs file', { 'index.cjs': commonJs }, 'index.handler', 'function'],
    ['a .js file of CommonJS', { 'index.js': commonJs }, 'index.handler', 'function'],
    [
      'a .js file of ES modules',
      { 'index.js': esModule, 'package.json': '{"type":"module"}' },
      'index.handler',
      'index.js',
    ],
    ['a folder below', { 'api/mounts.mjs': esModule }, 'api/mounts.handler', 'mounts.mjs'],
    ['a nested export', { 'index.mjs': 'export const a = { b: async () => "deep" };' }, 'index.a.b', 'deep'],
    [
      'the default export',
      { 'index.mjs': 'export default { handler: async () => "def" };' },
      'index.handler',
      'def',
    ],
    [
      'a module that awaits',
      { 'index.mjs': 'const x = await Promise.resolve(7); export const handler = () => x;' },
      'index.handler',
      7,
    ],
  ])('is found in %s', async (_, files, handler, expected) => {
    const lambda = await startTestLambda([await writeFunction(files, { handler })]);

    expect(await lambda.call('subject')).toEqual({ value: expected, functionError: undefined });
  });

  it('may be a bundle made by esbuild with source maps', async () => {
    const source = await writeFunction({
      'main.ts':
        'import { twice } from "./twice.ts"; export const handler = async (e: { n: number }) => twice(e.n);',
      'twice.ts':
        'export const twice = (n: number): number => { if (n > 9) throw new RangeError("big"); return n * 2; };',
    });
    const outdir = await temporaryFolder();
    await build({
      entryPoints: [`${source.codeDirectory}/main.ts`],
      outfile: `${outdir}/index.mjs`,
      bundle: true,
      format: 'esm',
      platform: 'node',
      sourcemap: true,
    });
    const environment = { NODE_OPTIONS: '--enable-source-maps' };
    const lambda = await startTestLambda([{ ...source, codeDirectory: outdir, environment }]);

    expect((await lambda.call('subject', { n: 4 })).value).toBe(8);
    expect((await lambda.call('subject', { n: 10 })).value).toMatchObject({
      errorType: 'RangeError',
      trace: expect.arrayContaining([expect.stringContaining('twice.ts:1')]),
    });
  });

  it.each([
    [
      'a missing export',
      { 'index.mjs': 'export const other = 1;' },
      'index.handler',
      'Runtime.HandlerNotFound',
      'index.handler is undefined or not exported',
    ],
    [
      'an export that is no function',
      { 'index.mjs': 'export const handler = {};' },
      'index.handler',
      'Runtime.HandlerNotFound',
      'index.handler is not a function',
    ],
    [
      'a missing file',
      { 'other.mjs': '' },
      'index.handler',
      'Runtime.ImportModuleError',
      "Cannot find module 'index'",
    ],
    [
      'a missing dependency of CommonJS',
      { 'index.cjs': 'require("left-out");' },
      'index.handler',
      'Runtime.ImportModuleError',
      "Cannot find module 'left-out'",
    ],
    [
      'a missing dependency of an ES module',
      { 'index.mjs': 'import "left-out";' },
      'index.handler',
      'Error',
      "Cannot find package 'left-out'",
    ],
    [
      'a syntax error',
      { 'index.mjs': 'export const handler = async ( => 1;' },
      'index.handler',
      'Runtime.UserCodeSyntaxError',
      'SyntaxError: ',
    ],
    [
      'an error at import',
      { 'index.mjs': 'throw new RangeError("bad configuration");' },
      'index.handler',
      'RangeError',
      'bad configuration',
    ],
    [
      'an exit at import',
      { 'index.mjs': 'process.exit(4);' },
      'index.handler',
      'Runtime.ExitError',
      'exit status 4',
    ],
    [
      'a handler name without an export',
      { 'index.mjs': esModule },
      'index',
      'Runtime.MalformedHandlerName',
      'Bad handler',
    ],
    [
      'a handler name that leaves the folder',
      { 'index.mjs': esModule },
      '../index.handler',
      'Runtime.MalformedHandlerName',
      'Bad handler',
    ],
    [
      'a handler with a callback',
      { 'index.mjs': 'export const handler = (event, context, done) => done();' },
      'index.handler',
      'Runtime.CallbackHandlerDeprecated',
      'return a promise',
    ],
    [
      'a streaming handler',
      { 'index.mjs': 'export const handler = awslambda.streamifyResponse(async () => {});' },
      'index.handler',
      'Error',
      'not supported by the local Lambda',
    ],
  ])('is not run with %s, and the answer says why', async (_, files, handler, errorType, message) => {
    const lambda = await startTestLambda([await writeFunction(files, { handler })]);

    const { value, functionError } = await lambda.call('subject');

    expect(functionError).toBe('Unhandled');
    expect(value).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) });
  });

  it('cannot use the packages of the project it was built in', async () => {
    const project = await writeFunction({
      'node_modules/helper/index.js': 'module.exports = 1;',
      'package.json': '{"type":"module"}',
      'out/index.js':
        'exports.handler = async () => { try { return require("helper"); } catch (e) { return e.code; } };',
    });
    const lambda = await startTestLambda([{ ...project, codeDirectory: `${project.codeDirectory}/out` }]);

    expect((await lambda.call('subject')).value).toBe('MODULE_NOT_FOUND');
  });

  it('is loaded again for each invocation after its init has failed', async () => {
    const marker = await temporaryFolder();
    const code = `import { existsSync, writeFileSync } from 'node:fs';
      if (!existsSync(process.env.MARK)) { writeFileSync(process.env.MARK, ''); throw new Error('first start'); }
      export const handler = async () => 'ready';`;
    const lambda = await startTestLambda([
      await writeFunction(code, { environment: { MARK: `${marker}/seen` } }),
    ]);

    expect((await lambda.call('subject')).value).toMatchObject({ errorMessage: 'first start' });
    expect((await lambda.call('subject')).value).toBe('ready');
  });
});

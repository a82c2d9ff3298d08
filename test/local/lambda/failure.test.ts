import { describe, expect, it } from 'vitest';
import { startTestLambda, until, writeFunction } from './lambda-fixture.ts';

/** Counts its invocations, so that an answer of 1 means: a fresh environment. */
const acting = (actions: string) => `
  let count = 0;
  export const handler = async ({ act }) => {
    count += 1;
    ${actions}
    return count;
  };`;

/** Until Node has taken note of its end, which is when it tells. */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('an error of the handler', () => {
  it('is answered with its name, message and stack, and keeps the environment', async () => {
    const code = acting(`
      class MountNotFound extends Error { name = 'MOUNT_NOT_FOUND'; }
      if (act) throw new MountNotFound('no mount m1');`);
    const lambda = await startTestLambda([await writeFunction(code)]);

    const { value, functionError } = await lambda.call('subject', { act: 'throw' });

    expect(functionError).toBe('Unhandled');
    expect(value).toEqual({
      errorType: 'MOUNT_NOT_FOUND',
      errorMessage: 'no mount m1',
      trace: expect.arrayContaining([expect.stringContaining('index.mjs')]),
    });
    expect((await lambda.call('subject')).value).toBe(2);
  });

  it.each([
    ["'plain text'", { errorType: 'string', errorMessage: 'plain text', trace: [] }],
    ['42', { errorType: 'number', errorMessage: '42', trace: [] }],
    ['{ code: 1 }', { errorType: 'object', errorMessage: '[object Object]', trace: [] }],
    ['undefined', { errorType: 'undefined', errorMessage: 'undefined', trace: [] }],
    ['Object.create(null)', { errorType: 'object', errorMessage: '[object Object]', trace: [] }],
  ])('may be no Error at all: throw %s', async (thrown, expected) => {
    const lambda = await startTestLambda([
      await writeFunction(`export const handler = async () => { throw ${thrown}; };`),
    ]);

    expect(await lambda.call('subject')).toEqual({ value: expected, functionError: 'Unhandled' });
  });

  it('names a result that has no JSON form', async () => {
    const lambda = await startTestLambda([await writeFunction('export const handler = async () => 10n;')]);

    expect((await lambda.call('subject')).value).toMatchObject({
      errorType: 'Runtime.JSONStringifyError',
      errorMessage: 'Unable to stringify response body',
    });
  });
});

describe('a function that ends its environment', () => {
  const exited = (text: string) => ({
    value: {
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(new RegExp(`^RequestId: [0-9a-f-]{36} Error: ${text}$`)),
    },
    functionError: 'Unhandled',
  });
  const cases = [
    ['process.exit(3)', exited('Runtime exited with error: exit status 3')],
    ['process.exit()', exited('Runtime exited without providing a reason')],
    ['Promise.reject(new Error("nobody waits"))', exited('Runtime exited with error: exit status 1')],
    ['Promise.reject("text")', exited('Runtime exited with error: exit status 1')],
    [
      'setTimeout(() => { throw new Error("later"); }, 5); await new Promise((r) => setTimeout(r, 500))',
      exited('Runtime exited with error: exit status 1'),
    ],
    ['await new Promise(() => {})', exited('Runtime exited without providing a reason')],
  ] as const;

  it.each(cases)(
    '%s is answered as an exit of the runtime, and a fresh one follows',
    async (action, expected) => {
      const lambda = await startTestLambda([await writeFunction(acting(`if (act) { ${action}; }`))]);
      await lambda.call('subject');

      expect(await lambda.call('subject', { act: true })).toEqual(expected);

      expect((await lambda.call('subject')).value).toBe(1);
    },
  );

  it('at its timeout is answered as timed out, even from a busy loop', async () => {
    const code = acting(
      "if (act === 'loop') for (;;); if (act === 'wait') await new Promise((r) => setTimeout(r, 60_000));",
    );
    const lambda = await startTestLambda([await writeFunction(code, { timeoutSeconds: 1 })]);
    const expected = {
      value: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(
          /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/,
        ),
      },
      functionError: 'Unhandled',
    };

    expect(await lambda.call('subject', { act: 'loop' })).toEqual(expected);
    expect(await lambda.call('subject', { act: 'wait' })).toEqual(expected);

    expect((await lambda.call('subject')).value).toBe(1);
  });

  it.each([
    ['many objects', 'const kept = []; for (;;) kept.push(new Array(1000).fill(Math.random()));'],
    ['one array', 'return new Array(2 ** 27).fill(0).length;'],
    ['text', "const kept = []; for (;;) kept.push('x'.repeat(2 ** 20).split(''));"],
    ['a map', 'const kept = new Map(); for (let n = 0; ; n += 1) kept.set(n, [n]);'],
    [
      'shared memory',
      'const kept = []; for (;;) kept.push(new Uint8Array(new SharedArrayBuffer(2 ** 24)).fill(1));',
    ],
  ])('by filling its memory with %s is answered so, and the service lives on', async (_, fill) => {
    const code = acting(`if (act) { ${fill} }`);
    const lambda = await startTestLambda([await writeFunction(code, { memoryMib: 128 })]);

    const { value } = await lambda.call('subject', { act: true });

    // V8's limit or that of the process, whichever is met first: both are Lambda's words for it.
    expect(value).toMatchObject({ errorType: expect.stringMatching(/^Runtime\.(ExitError|OutOfMemory)$/) });
    expect(value).toMatchObject({ errorMessage: expect.stringMatching(/signal: (aborted|killed)$/) });
    expect((await lambda.call('subject')).value).toBe(1);
  });

  it('by holding buffers beyond its memory setting is answered as out of memory', async () => {
    const code = acting(`
      const kept = [];
      for (let n = 0; act; n += 1) kept.push(Buffer.alloc(4 * 1024 * 1024, 1));`);
    const lambda = await startTestLambda([await writeFunction(code, { memoryMib: 128 })]);

    expect((await lambda.call('subject', { act: true })).value).toEqual({
      errorType: 'Runtime.OutOfMemory',
      errorMessage: expect.stringMatching(/Error: Runtime exited with error: signal: killed$/),
    });
    expect((await lambda.call('subject')).value).toBe(1);
  });

  it('between two invocations does not touch the next one', async () => {
    const code = acting('if (act) { setTimeout(() => process.exit(9), 20); return process.pid; }');
    const lambda = await startTestLambda([await writeFunction(code)]);
    const { value: pid } = await lambda.call('subject', { act: true });

    await until(() => !isThere(Number(pid)), 'the environment has ended');

    expect(await lambda.call('subject')).toEqual({ value: 1, functionError: undefined });
  });
});

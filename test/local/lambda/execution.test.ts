import { InvokeCommand, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { openLambdaEndpoint } from './lambda-endpoint.ts';

/** Does what the event says; its count says whether the environment is a fresh one. */
const ACTOR = `let count = 0;
  export const handler = async ({ act, bytes }, context) => {
    count += 1;
    if (act === 'throw') throw Object.assign(new RangeError('too far'), { code: 'E_FAR' });
    if (act === 'throw text') throw 'plain text';
    if (act === 'throw object') throw { code: 1 };
    if (act === 'circle') { const a = {}; a.a = a; return a; }
    if (act === 'bigint') return 1n;
    if (act === 'nothing') return undefined;
    if (act === 'exit') process.exit(3);
    if (act === 'reject') Promise.reject(new Error('nobody waits'));
    if (act === 'later') { setTimeout(() => { throw new Error('later'); }, 5); await new Promise((r) => setTimeout(r, 500)); }
    if (act === 'hang') await new Promise((r) => setTimeout(r, 60_000));
    if (act === 'loop') for (;;);
    if (act === 'fill') { const kept = []; for (;;) kept.push(new Array(2 ** 17).fill(Math.random())); }
    if (act === 'large') return 'x'.repeat(bytes);
    if (act === 'context') return { ...context, left: context.getRemainingTimeInMillis() };
    console.log('count is', count);
    return count;
  };`;

const start = async () => {
  const endpoint = await openLambdaEndpoint();
  const name = await endpoint.create(ACTOR, { Timeout: 2, MemorySize: 128 });
  return { ...endpoint, name, act: (act: string, more = {}) => endpoint.invoke(name, { act, ...more }) };
};

const ID = '[0-9a-f-]{36}';

describe('an invocation over the API', () => {
  it('finds the state of the one before, and says when its environment started', async () => {
    const { act } = await start();

    const [first, second] = [await act('count'), await act('count')];

    expect([first.value, second.value]).toEqual([1, 2]);
    expect(first.log).toContain('Init Duration: ');
    expect(second.log).toMatch(
      new RegExp(
        `^START RequestId: (${ID}) Version: \\$LATEST\n.*\t\\1\tINFO\tcount is 2\nEND RequestId: \\1\nREPORT RequestId: \\1\tDuration: [\\d.]+ ms\tBilled Duration: \\d+ ms\tMemory Size: 128 MB\tMax Memory Used: \\d+ MB`,
      ),
    );
    expect(second.log).not.toContain('Init Duration');
  });

  it.each([
    ['throw', { errorType: 'RangeError', errorMessage: 'too far', trace: expect.any(Array) }],
    ['throw text', { errorType: 'string', errorMessage: 'plain text', trace: [] }],
    ['throw object', { errorType: 'object', errorMessage: '[object Object]', trace: [] }],
    [
      'circle',
      { errorType: 'Runtime.JSONStringifyError', errorMessage: 'Unable to stringify response body' },
    ],
    ['bigint', { errorType: 'Runtime.JSONStringifyError' }],
  ])('that fails by %s is answered with the error, and keeps its environment', async (how, error) => {
    const { act } = await start();
    await act('count');

    expect(await act(how)).toMatchObject({ functionError: 'Unhandled', value: error });

    expect((await act('count')).value).toBe(3);
  });

  it.each([
    ['exit', 'Runtime.ExitError', `^RequestId: ${ID} Error: Runtime exited with error: exit status 3$`],
    ['reject', 'Runtime.ExitError', 'Runtime exited with error: exit status 1$'],
    ['later', 'Runtime.ExitError', 'Runtime exited with error: exit status 1$'],
    ['hang', 'Sandbox.Timedout', `^RequestId: ${ID} Error: Task timed out after 2\\.00 seconds$`],
    ['loop', 'Sandbox.Timedout', 'Task timed out after 2\\.00 seconds$'],
    ['fill', /^Runtime\.(ExitError|OutOfMemory)$/, 'Runtime exited with error: signal: (aborted|killed)$'],
  ])(
    'that ends its environment by %s is answered so, and the next one starts afresh',
    async (how, type, text) => {
      const { act } = await start();
      await act('count');

      expect(await act(how)).toMatchObject({
        functionError: 'Unhandled',
        value: { errorType: expect.stringMatching(type), errorMessage: expect.stringMatching(text) },
      });

      expect((await act('count')).value).toBe(1);
    },
  );

  it('answers null for nothing, and an error for more than 6 MB', async () => {
    const { act } = await start();

    expect(await act('nothing')).toMatchObject({ value: null, functionError: undefined });
    expect(await act('large', { bytes: 6_291_456 - 2 })).toMatchObject({ functionError: undefined });
    expect(await act('large', { bytes: 6_300_000 })).toMatchObject({
      functionError: 'Unhandled',
      value: { errorType: 'Function.ResponseSizeTooLarge' },
    });
  });

  it('gives the handler its context', async () => {
    const { act, name } = await start();

    expect((await act('context')).value).toMatchObject({
      awsRequestId: expect.stringMatching(`^${ID}$`),
      functionName: name,
      functionVersion: '$LATEST',
      invokedFunctionArn: expect.stringMatching(`:function:${name}$`),
      memoryLimitInMB: '128',
      logGroupName: `/aws/lambda/${name}`,
      left: expect.toSatisfy((left: number) => left > 0 && left <= 2000),
    });
  });

  it('is refused with 413 for a request of more than 6 MB, or an event of more than 1 MB', async () => {
    const { client, name } = await start();
    const send = (InvocationType: 'RequestResponse' | 'Event', bytes: number) =>
      client.send(
        new InvokeCommand({ FunctionName: name, InvocationType, Payload: JSON.stringify('x'.repeat(bytes)) }),
      );

    await expect(send('RequestResponse', 6_291_456)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 413 },
    });
    await expect(send('Event', 1_048_576)).rejects.toMatchObject({ $metadata: { httpStatusCode: 413 } });
    expect((await send('Event', 1_048_576 - 2)).StatusCode).toBe(202);
  });

  it('may be a dry run, and is throttled when nothing is reserved for it', async () => {
    const { client, name, act } = await start();

    expect(
      (await client.send(new InvokeCommand({ FunctionName: name, InvocationType: 'DryRun' }))).StatusCode,
    ).toBe(204);
    await client.send(
      new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 0 }),
    );
    await expect(act('count')).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      $metadata: { httpStatusCode: 429 },
    });
  });
});

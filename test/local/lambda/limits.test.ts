import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startTestLambda, temporaryFolder, until, writeFunction } from './lambda-fixture.ts';

/** Holds its environment until the file named in the event exists. */
const HOLDING = `import { existsSync } from 'node:fs';
  export const handler = async ({ until }) => {
    while (until && !existsSync(until)) await new Promise((r) => setTimeout(r, 10));
    return 'done';
  };`;

describe('concurrency', () => {
  it('is limited for the account: what exceeds it is throttled at once', async () => {
    const gate = `${await temporaryFolder()}/open`;
    const lambda = await startTestLambda(
      [await writeFunction(HOLDING, { name: 'a' }), await writeFunction(HOLDING, { name: 'b' })],
      { maxConcurrency: 2 },
    );

    const running = [lambda.call('a', { until: gate }), lambda.call('b', { until: gate })];
    await expect(lambda.call('a')).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      message: 'Rate Exceeded.',
      statusCode: 429,
      reason: 'ConcurrentInvocationLimitExceeded',
    });
    await writeFile(gate, '');
    await Promise.all(running);

    expect((await lambda.call('a')).value).toBe('done');
  });

  it('beyond what runs at once waits for its turn, and is not refused', async () => {
    const gate = `${await temporaryFolder()}/open`;
    const lambda = await startTestLambda([await writeFunction(HOLDING)], {
      ...{ maxConcurrency: 1000, runningAtOnce: 1 },
    });

    const answers = [lambda.call('subject', { until: gate })];
    for (let more = 0; more < 30; more++) answers.push(lambda.call('subject'));
    const first = await Promise.race([Promise.any(answers), sleep(100, 'nothing')]);
    await writeFile(gate, '');

    expect(first).toBe('nothing');
    expect((await Promise.all(answers)).every(({ value }) => value === 'done')).toBe(true);
  });

  it('is limited for a function by its reservation, which the others cannot use', async () => {
    const gate = `${await temporaryFolder()}/open`;
    const lambda = await startTestLambda(
      [
        await writeFunction(HOLDING, { name: 'single', reservedConcurrency: 1 }),
        await writeFunction(HOLDING, { name: 'free' }),
      ],
      { maxConcurrency: 2 },
    );

    const running = [lambda.call('single', { until: gate }), lambda.call('free', { until: gate })];
    await expect(lambda.call('single')).rejects.toMatchObject({
      reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    });
    await expect(lambda.call('free')).rejects.toMatchObject({ reason: 'ConcurrentInvocationLimitExceeded' });
    await writeFile(gate, '');

    expect((await Promise.all(running)).map(({ value }) => value)).toEqual(['done', 'done']);
  });

  it('of zero switches a function off', async () => {
    const lambda = await startTestLambda([await writeFunction(HOLDING, { reservedConcurrency: 0 })]);

    await expect(lambda.call('subject')).rejects.toMatchObject({ name: 'TooManyRequestsException' });
  });
});

describe('payloads', () => {
  const jsonOfBytes = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));

  it('may have 6 MiB in a request, and not one byte more', async () => {
    const lambda = await startTestLambda([
      await writeFunction('export const handler = async (event) => event.length;'),
    ]);

    expect((await lambda.invoke('subject', jsonOfBytes(6_291_456))).payload).toBe('6291454');
    await expect(lambda.invoke('subject', jsonOfBytes(6_291_457))).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      message:
        '6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)',
    });
  });

  it('may have 6 MiB and 100 bytes in a response; more is an error of the function', async () => {
    const lambda = await startTestLambda([
      await writeFunction('export const handler = async ({ bytes }) => "y".repeat(bytes - 2);'),
    ]);

    expect(await lambda.invoke('subject', '{"bytes":6291556}')).not.toHaveProperty('functionError');
    expect(await lambda.call('subject', { bytes: 6_291_557 })).toEqual({
      value: {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
      },
      functionError: 'Unhandled',
    });
  });

  it('may have 1 MiB in an event', async () => {
    const lambda = await startTestLambda([await writeFunction('export const handler = async () => 1;')]);

    await lambda.invokeAsync('subject', jsonOfBytes(1_048_576));
    await expect(lambda.invokeAsync('subject', jsonOfBytes(1_048_577))).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    });
  });

  it('must be JSON', async () => {
    const lambda = await startTestLambda([await writeFunction('export const handler = async () => 1;')]);

    await expect(lambda.invoke('subject', 'not json')).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
      message: expect.stringContaining('Could not parse request body into json'),
    });
  });
});

describe('the start', () => {
  it('names everything that is wrong with the functions at once', async () => {
    const good = await writeFunction('export const handler = async () => 1;');

    const start = startTestLambda(
      [
        { ...good, name: 'bad name', timeoutSeconds: 901, memoryMib: 64, codeDirectory: '/nowhere/at/all' },
        { ...good, environment: { AWS_REGION: 'x' }, reservedConcurrency: 10, maximumRetryAttempts: 3 },
        good,
      ],
      { maxConcurrency: 10 },
    );

    await expect(start).rejects.toThrow(
      [
        'The Lambda functions cannot be served:',
        'bad name: a name has 1 to 64 letters, digits, "-" and "_"',
        'bad name: timeoutSeconds is 901, allowed are 1 to 900',
        'bad name: memoryMib is 64, allowed are 128 to 10240',
        'bad name: codeDirectory /nowhere/at/all is not a folder: build the functions first',
        'subject: maximumRetryAttempts is 3, allowed are 0 to 2',
        'subject: environment variable AWS_REGION is reserved by Lambda',
        'subject: configured more than once',
        "reserved concurrency is 10 in total and leaves nothing of the account's 10: raise maxConcurrency",
      ].join('\n- '),
    );
  });
});

describe('closing', () => {
  it('ends what runs, rejects it, and takes nothing more', async () => {
    const lambda = await startTestLambda([await writeFunction(HOLDING)]);
    const running = lambda.call('subject', { until: '/never' });
    running.catch(() => {});
    await until(
      async () => (await lambda.readLog('subject')).includes('START'),
      'the invocation has started',
    );

    await lambda.close();

    await expect(running).rejects.toMatchObject({ name: 'ServiceException' });
    await expect(lambda.call('subject')).rejects.toMatchObject({ name: 'ServiceException' });
    await expect(lambda.invokeAsync('subject', '{}')).rejects.toMatchObject({ name: 'ServiceException' });
  });

  it('ends at once, at whatever point of its start or run a function is', async () => {
    const config = await writeFunction('export const handler = async () => 1;');
    for (let delayMs = 0; delayMs <= 160; delayMs += 10) {
      const lambda = await startTestLambda([config]);
      await lambda.invokeAsync('subject', '{}');
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      const start = performance.now();

      await lambda.close();

      expect(performance.now() - start, `after ${delayMs} ms`).toBeLessThan(5000);
    }
  });

  it('leaves nothing that keeps a process alive', async () => {
    const config = await writeFunction('setInterval(() => {}, 1000); export const handler = async () => 1;');
    const script = `
      import { startLambda } from ${JSON.stringify(new URL('../../../local/lambda/server.ts', import.meta.url).href)};
      const lambda = await startLambda({
        region: 'eu-central-1', accountId: '1', logDirectory: ${JSON.stringify(await temporaryFolder())},
        directory: ${JSON.stringify(await temporaryFolder())},
        functions: [${JSON.stringify(config)}],
      });
      await lambda.invoke('subject', '{}');
      await lambda.invokeAsync('subject', '{}');
      await lambda.close();
      console.log('closed');`;

    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 15_000,
    });

    expect((await run).stdout).toBe('closed\n');
  });
});

import { mkdir, readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { EventDelivery } from '../../../local/lambda/event-record.ts';
import type { FunctionConfig } from '../../../local/lambda/function-config.ts';
import type { LambdaOptions } from '../../../local/lambda/server.ts';
import { startTestLambda, temporaryFolder, until, writeFunction } from './lambda-fixture.ts';

/** Leaves a file per attempt in the folder `seen` and fails while there are fewer than `succeedAt`. */
const COUNTING = `import { readdirSync, writeFileSync } from 'node:fs';
  export const handler = async ({ seen, succeedAt }, { awsRequestId }) => {
    writeFileSync(seen + '/' + awsRequestId + '-' + readdirSync(seen).length, '');
    const attempt = readdirSync(seen).length;
    if (attempt < succeedAt) throw new RangeError('attempt ' + attempt);
  };`;

const QUEUE_ARN = 'arn:aws:sqs:eu-central-1:123456789012:failures';

async function startCounting(overrides: Partial<FunctionConfig> = {}, options: Partial<LambdaOptions> = {}) {
  const failures: Record<string, unknown>[] = [];
  const seen = `${await temporaryFolder()}/seen`;
  await mkdir(seen);
  const holder = await writeFunction(
    'export const handler = () => new Promise((resolve) => setTimeout(resolve, 200));',
    { name: 'holder' },
  );
  const lambda = await startTestLambda(
    [await writeFunction(COUNTING, { onFailureArn: QUEUE_ARN, ...overrides }), holder],
    {
      eventRetryDelaysMs: [1, 1],
      destinations: { accepts: () => true, deliver: ({ body }) => void failures.push(JSON.parse(body)) },
      ...options,
    },
  );
  const send = (succeedAt: number) => lambda.invokeAsync('subject', JSON.stringify({ seen, succeedAt }));
  const attempts = async () => (await readdir(seen)).length;
  return { lambda, failures, seen, send, attempts };
}

describe('an event invocation', () => {
  it('runs after it was accepted', async () => {
    const { send, attempts, failures } = await startCounting();

    await send(1);

    await until(async () => (await attempts()) === 1, 'the event has run');
    expect(failures).toEqual([]);
  });

  it('is retried with the same request id until it succeeds', async () => {
    const { send, attempts, failures, seen } = await startCounting();

    await send(3);

    await until(async () => (await attempts()) === 3, 'the event has run three times');
    const ids = (await readdir(seen)).map((name) => name.slice(0, 36));
    expect(new Set(ids).size).toBe(1);
    expect(failures).toEqual([]);
  });

  it('goes to the on-failure destination after two retries', async () => {
    const { send, attempts, failures, seen } = await startCounting();

    await send(99);

    await until(() => failures.length === 1, 'the failure is reported');
    expect(await attempts()).toBe(3);
    expect(failures[0]).toEqual({
      version: '1.0',
      timestamp: expect.any(String),
      requestContext: {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:subject:$LATEST',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: { seen, succeedAt: 99 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'RangeError', errorMessage: 'attempt 3', trace: expect.any(Array) },
    });
  });

  it('is not retried when the function is configured so', async () => {
    const { send, attempts, failures } = await startCounting({ maximumRetryAttempts: 0 });

    await send(99);

    await until(() => failures.length === 1, 'the failure is reported');
    expect(await attempts()).toBe(1);
  });

  it('waits while the function is throttled, and does not count that as an attempt', async () => {
    const { lambda, send, attempts, failures } = await startCounting({}, { maxConcurrency: 1 });
    const holding = lambda.invoke('holder', '{}');

    await send(99);
    await holding;

    expect(await attempts()).toBe(0);
    await until(() => failures.length === 1, 'the failure is reported');
    expect(failures[0]).toMatchObject({ requestContext: { approximateInvokeCount: 3 } });
  });

  it('is refused for a function that does not exist', async () => {
    const { lambda } = await startCounting();

    await expect(lambda.invokeAsync('other', '{}')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('that waits for a retry does not hold up closing', async () => {
    const { lambda, send, attempts, failures } = await startCounting(
      {},
      { eventRetryDelaysMs: [60_000, 60_000] },
    );
    await send(99);
    await until(async () => (await attempts()) === 1, 'the first attempt has run');

    await lambda.close();

    expect(failures).toEqual([]);
  });
});

describe('what became of an event', () => {
  it('goes to the dead-letter queue as the event itself, with the error beside it', async () => {
    const delivered: EventDelivery[] = [];
    const { send, seen } = await startCounting(
      { deadLetterArn: QUEUE_ARN, maximumRetryAttempts: 0 },
      { destinations: { accepts: () => true, deliver: (delivery) => void delivered.push(delivery) } },
    );

    await send(99);

    await until(() => delivered.length === 2, 'record and dead letter are delivered');
    expect(delivered[1]).toEqual({
      targetArn: QUEUE_ARN,
      body: JSON.stringify({ seen, succeedAt: 99 }),
      attributes: {
        RequestID: expect.stringMatching(/^[0-9a-f-]{36}$/),
        ErrorCode: '200',
        ErrorMessage: 'attempt 1',
      },
    });
  });

  it('goes to the on-success destination when it was handled', async () => {
    const { send, failures: records } = await startCounting({ onSuccessArn: QUEUE_ARN });

    await send(1);

    await until(() => records.length === 1, 'the record is delivered');
    expect(records[0]).toMatchObject({
      requestContext: { condition: 'Success', approximateInvokeCount: 1 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST' },
      responsePayload: null,
    });
    expect(records[0]).not.toHaveProperty('responseContext.functionError');
  });

  it('goes to another function', async () => {
    const holder = 'arn:aws:lambda:eu-central-1:123456789012:function:holder';
    const { lambda, send } = await startCounting({ onFailureArn: holder, maximumRetryAttempts: 0 });

    await send(99);

    const readLog = () => lambda.readLog('holder').catch(() => '');
    await until(async () => (await readLog()).includes('REPORT'), 'the other function has run');
  });

  it('is told at once when the function is switched off', async () => {
    const { send, failures: records, attempts } = await startCounting({ reservedConcurrency: 0 });

    await send(1);

    await until(() => records.length === 1, 'the record is delivered');
    expect(records[0]).toMatchObject({
      requestContext: { condition: 'ZeroReservedConcurrency', approximateInvokeCount: 0 },
    });
    expect(records[0]).not.toHaveProperty('responseContext');
    expect(await attempts()).toBe(0);
  });
});

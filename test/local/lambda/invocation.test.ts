import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, REGION, startTestLambda, writeFunction } from './lambda-fixture.ts';

describe('an invocation', () => {
  it('passes the event to the handler and answers with what it returns', async () => {
    const lambda = await startTestLambda([
      await writeFunction('export const handler = async (event) => ({ doubled: event.n * 2 });'),
    ]);

    const answer = await lambda.call('subject', { n: 21 });

    expect(answer).toEqual({ value: { doubled: 42 }, functionError: undefined });
  });

  it('answers null when the handler returns nothing, and takes an empty payload as an empty object', async () => {
    const lambda = await startTestLambda([
      await writeFunction('export const handler = async (event) => (event.x ? undefined : event);'),
    ]);

    expect((await lambda.call('subject', { x: 1 })).value).toBeNull();
    expect((await lambda.invoke('subject', '')).payload).toBe('{}');
  });

  it('takes a handler that is not async', async () => {
    const lambda = await startTestLambda([await writeFunction('export const handler = () => "at once";')]);

    expect((await lambda.call('subject')).value).toBe('at once');
  });

  it('is found by name, partial ARN and full ARN, and only as $LATEST', async () => {
    const config = await writeFunction('export const handler = async (_, context) => context.functionName;');
    const lambda = await startTestLambda([config]);
    const references = ['subject', `${ACCOUNT}:function:subject`, config.arn, `${config.arn}:$LATEST`];

    for (const reference of references) expect((await lambda.call(reference)).value).toBe('subject');

    const foreign = [
      `${config.arn}:3`,
      config.arn.replace(REGION, 'us-east-1'),
      config.arn.replace('1234', '9999'),
    ];
    for (const reference of [...foreign, 'other', '../subject']) {
      await expect(lambda.invoke(reference, '{}')).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
      });
    }
  });

  it('gives the handler the context that Lambda gives', async () => {
    const config = await writeFunction(
      'export const handler = async (_, c) => ({ ...c, left: c.getRemainingTimeInMillis() });',
      { memoryMib: 512, timeoutSeconds: 7 },
    );
    const lambda = await startTestLambda([config]);

    const { value } = await lambda.call('subject');

    expect(value).toEqual({
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionName: 'subject',
      functionVersion: '$LATEST',
      invokedFunctionArn: config.arn,
      memoryLimitInMB: '512',
      logGroupName: '/aws/lambda/subject',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      left: expect.toSatisfy((left: number) => left > 5000 && left <= 7000),
    });
  });

  it('shows the handler its own environment and nothing of this process', async () => {
    const lambda = await startTestLambda([
      await writeFunction('export const handler = async () => process.env;', {
        environment: { TABLE: 'catalog', AWS_ACCESS_KEY_ID: 'AKLOCAL', TZ: 'Europe/Berlin' },
      }),
    ]);

    const { value } = await lambda.call('subject');

    expect(value).toEqual({
      TABLE: 'catalog',
      AWS_ACCESS_KEY_ID: 'AKLOCAL',
      TZ: 'Europe/Berlin',
      LANG: 'en_US.UTF-8',
      PATH: '/usr/local/bin:/usr/bin/:/bin:/opt/bin',
      AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
      _HANDLER: 'index.handler',
      _X_AMZN_TRACE_ID: expect.stringMatching(
        /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/,
      ),
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'subject',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/subject',
      AWS_LAMBDA_LOG_STREAM_NAME: expect.any(String),
      LAMBDA_TASK_ROOT: expect.stringContaining('holdfast-lambda-'),
      TMPDIR: expect.stringContaining('holdfast-lambda-'),
    });
  });
});

describe('an execution environment', () => {
  const counting = 'let count = 0; export const handler = async () => { count += 1; return count; };';

  it('is used again, with the state that it had', async () => {
    const lambda = await startTestLambda([await writeFunction(counting)]);

    const counts = [await lambda.call('subject'), await lambda.call('subject'), await lambda.call('subject')];

    expect(counts.map(({ value }) => value)).toEqual([1, 2, 3]);
  });

  it('runs one invocation at a time: a second one gets a second environment', async () => {
    const code = `let count = 0;
      export const handler = async () => {
        count += 1;
        await new Promise((resolve) => setTimeout(resolve, 200));
        return count;
      };`;
    const lambda = await startTestLambda([await writeFunction(code)]);

    const first = await Promise.all([lambda.call('subject'), lambda.call('subject')]);
    const next = await lambda.call('subject');

    expect(first.map(({ value }) => value)).toEqual([1, 1]);
    expect(next.value).toBe(2);
  });

  it('is ended when it was not used for the idle time', async () => {
    const lambda = await startTestLambda([await writeFunction(counting)], { idleMs: 20 });

    await lambda.call('subject');
    await wait(200);

    expect((await lambda.call('subject')).value).toBe(1);
  });

  it('changes its own copy of the environment variables only', async () => {
    const code = `export const handler = async ({ set }) => {
      if (set) process.env.MARK = set;
      return process.env.MARK ?? null;
    };`;
    const lambda = await startTestLambda([
      await writeFunction(code, { name: 'one' }),
      await writeFunction(code, { name: 'two' }),
    ]);

    expect((await lambda.call('one', { set: 'x' })).value).toBe('x');

    expect((await lambda.call('one')).value).toBe('x');
    expect((await lambda.call('two')).value).toBeNull();
    expect(process.env.MARK).toBeUndefined();
  });
});

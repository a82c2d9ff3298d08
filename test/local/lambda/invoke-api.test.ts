import {
  GetFunctionCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  ListFunctionsCommand,
  PublishVersionCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LambdaOptions } from '../../../local/lambda/server.ts';
import { REGION, startTestLambda, until, writeFunction } from './lambda-fixture.ts';

const CODE = `export const handler = async (event) => {
  console.log('seen', event);
  if (event.fail) throw new TypeError('asked to fail');
  return { echo: event };
};`;

async function startWithClient(options: Partial<LambdaOptions> = {}, reservedConcurrency?: number) {
  const overrides = reservedConcurrency === undefined ? {} : { reservedConcurrency };
  const config = await writeFunction(CODE, overrides);
  const lambda = await startTestLambda([config], options);
  const client = new LambdaClient({
    region: REGION,
    endpoint: lambda.endpoint,
    credentials: { accessKeyId: 'AKLOCAL', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  const invoke = (input: Partial<InvokeCommandInput>) =>
    client.send(new InvokeCommand({ FunctionName: 'subject', ...input }));
  return { config, lambda, client, invoke };
}

describe('the Lambda API, used by the SDK', () => {
  it('invokes and gives the tail of the log when asked', async () => {
    const { invoke } = await startWithClient();

    const answer = await invoke({ Payload: JSON.stringify({ a: 'ä' }), LogType: 'Tail' });

    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(answer.FunctionError).toBeUndefined();
    expect(answer.Payload?.transformToString()).toBe('{"echo":{"a":"ä"}}');
    const tail = Buffer.from(answer.LogResult ?? '', 'base64').toString();
    expect(tail).toMatch(/^START RequestId: /);
    expect(tail).toContain("INFO\tseen { a: 'ä' }\n");
    expect(tail).toMatch(/\nREPORT RequestId: .*\n$/);
  });

  it('answers an error of the function with 200 and the error payload', async () => {
    const { invoke } = await startWithClient();

    const answer = await invoke({ Payload: '{"fail":true}' });

    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(answer.LogResult).toBeUndefined();
    expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toMatchObject({ errorType: 'TypeError' });
  });

  it('accepts events and dry runs', async () => {
    const { invoke, lambda } = await startWithClient();

    expect((await invoke({ InvocationType: 'DryRun' })).StatusCode).toBe(204);
    expect((await invoke({ InvocationType: 'Event', Payload: '{"n":"event"}' })).StatusCode).toBe(202);

    const readLog = () => lambda.readLog('subject').catch(() => 'not yet there');
    await until(async () => (await readLog()).includes("n: 'event'"), 'the event has run');
  });

  it('takes ARNs and the qualifier $LATEST', async () => {
    const { invoke, config } = await startWithClient();

    expect((await invoke({ FunctionName: config.arn, Qualifier: '$LATEST' })).StatusCode).toBe(200);
    await expect(invoke({ Qualifier: '7' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${config.arn}:7`,
    });
  });

  it('throws the errors that the SDK knows', async () => {
    const { invoke } = await startWithClient({}, 0);

    await expect(invoke({})).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      $metadata: { httpStatusCode: 429 },
    });
    await expect(invoke({ FunctionName: 'other' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:eu-central-1:123456789012:function:other',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(invoke({ Payload: '{' })).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
    await expect(invoke({ Payload: JSON.stringify('x'.repeat(6_291_456)) })).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      $metadata: { httpStatusCode: 413 },
    });
  });

  it('describes functions, without their environment', async () => {
    const { client, config } = await startWithClient();

    const one = await client.send(new GetFunctionCommand({ FunctionName: 'subject' }));
    const all = await client.send(new ListFunctionsCommand({}));

    const described = {
      FunctionName: 'subject',
      FunctionArn: config.arn,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Timeout: 20,
      MemorySize: 256,
    };
    expect(one.Configuration).toMatchObject(described);
    expect(one.Configuration).not.toHaveProperty('Environment');
    expect(all.Functions).toMatchObject([described]);
  });

  it('refuses what it does not support by name', async () => {
    const { client, invoke } = await startWithClient();

    await expect(client.send(new PublishVersionCommand({ FunctionName: 'subject' }))).rejects.toMatchObject({
      name: 'NotImplementedException',
      message: expect.stringContaining(
        'does not support PublishVersion (POST /2015-03-31/functions/subject/versions)',
      ),
    });
    const clientContext = Buffer.from('{}').toString('base64');
    await expect(invoke({ ClientContext: clientContext })).rejects.toMatchObject({
      message: 'The local Lambda does not support Invoke with ClientContext (x-amz-client-context).',
    });
  });

  it('asks for the signature to be checked before anything runs', async () => {
    const seen: string[] = [];
    const { invoke, lambda } = await startWithClient({
      authenticate({ method, url, headers, body }) {
        seen.push(`${method} ${url} ${headers.authorization?.slice(0, 16)} ${body}`);
        const error = new Error('The request signature we calculated does not match.');
        error.name = 'InvalidSignatureException';
        throw error;
      },
    });

    await expect(invoke({ Payload: '{"a":1}' })).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      $metadata: { httpStatusCode: 403 },
    });

    expect(seen).toEqual(['POST /2015-03-31/functions/subject/invocations AWS4-HMAC-SHA256 {"a":1}']);
    await expect(lambda.readLog('subject')).rejects.toThrow('ENOENT');
  });
});

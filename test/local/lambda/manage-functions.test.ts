import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListFunctionsCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { openLambdaEndpoint, zipOf } from './lambda-endpoint.ts';

const answering = (value: string) => `export const handler = async () => '${value}';`;

describe('a function made through the API', () => {
  it('is described as it was made, and runs', async () => {
    const { client, create, invoke, roleArn } = await openLambdaEndpoint();

    const name = await create('export const handler = async (event) => ({ ...event, of: process.env.OF });', {
      Description: 'answers',
      Timeout: 7,
      MemorySize: 256,
      Environment: { Variables: { OF: 'mounts' } },
      Tags: { team: 'storage' },
    });

    expect((await invoke(name, { n: 1 })).value).toEqual({ n: 1, of: 'mounts' });
    const found = await client.send(new GetFunctionCommand({ FunctionName: name }));
    expect(found.Configuration).toMatchObject({
      FunctionName: name,
      FunctionArn: expect.stringMatching(`:function:${name}$`),
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: roleArn,
      Description: 'answers',
      Timeout: 7,
      MemorySize: 256,
      Environment: { Variables: { OF: 'mounts' } },
      PackageType: 'Zip',
      Architectures: ['x86_64'],
      Version: '$LATEST',
      State: 'Active',
      LastUpdateStatus: 'Successful',
      CodeSize: expect.any(Number),
      CodeSha256: expect.stringMatching(/^[\w+/]{43}=$/),
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+\+0000$/),
      RevisionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(found.Tags).toEqual({ team: 'storage' });
  });

  it('has the defaults of Lambda', async () => {
    const { client, create } = await openLambdaEndpoint();

    const name = await create(answering('x'));

    expect(await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }))).toMatchObject({
      Timeout: 3,
      MemorySize: 128,
      Description: '',
      LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${name}` },
    });
  });

  it.each(['nodejs20.x', 'nodejs22.x', 'nodejs24.x'] as const)('may have the runtime %s', async (Runtime) => {
    const { create, invoke } = await openLambdaEndpoint();

    const name = await create('exports.handler = async () => process.env.AWS_EXECUTION_ENV;', {
      Runtime,
      Code: {
        ZipFile: zipOf({ 'index.js': 'exports.handler = async () => process.env.AWS_EXECUTION_ENV;' }),
      },
    });

    expect((await invoke(name)).value).toBe(`AWS_Lambda_${Runtime}`);
  });

  it('gets new code, and from then on runs it', async () => {
    const { client, create, invoke } = await openLambdaEndpoint();
    const name = await create(answering('old'));
    const before = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    expect((await invoke(name)).value).toBe('old');

    const updated = await client.send(
      new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: zipOf(answering('new')) }),
    );
    await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 60, minDelay: 1 }, { FunctionName: name });

    expect((await invoke(name)).value).toBe('new');
    expect(updated.CodeSha256).not.toBe(before.CodeSha256);
    expect(updated.RevisionId).not.toBe(before.RevisionId);
  });

  it('keeps its code when an update was only tried, or is for another revision', async () => {
    const { client, create, invoke } = await openLambdaEndpoint();
    const FunctionName = await create(answering('old'));
    const update = (more: object) =>
      client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipOf(answering('new')), ...more }));

    await update({ DryRun: true });
    await expect(update({ RevisionId: '00000000-0000-0000-0000-000000000000' })).rejects.toMatchObject({
      name: 'PreconditionFailedException',
      $metadata: { httpStatusCode: 412 },
    });

    expect((await invoke(FunctionName)).value).toBe('old');
  });

  it('gets new settings, and keeps those that were not given', async () => {
    const { client, create, invoke } = await openLambdaEndpoint();
    const name = await create('export const handler = async () => process.env.STAGE ?? "none";', {
      Timeout: 9,
      Environment: { Variables: { STAGE: 'one' } },
    });
    expect((await invoke(name)).value).toBe('one');

    await client.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: name,
        MemorySize: 512,
        Environment: { Variables: { STAGE: 'two' } },
      }),
    );
    await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 60, minDelay: 1 }, { FunctionName: name });

    expect((await invoke(name)).value).toBe('two');
    const now = await client.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    expect(now).toMatchObject({ Timeout: 9, MemorySize: 512 });
  });

  it('is gone after it was deleted, and its name is free', async () => {
    const { client, create, invoke } = await openLambdaEndpoint();
    const FunctionName = await create(answering('first'));

    await client.send(new DeleteFunctionCommand({ FunctionName }));

    const gone = { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } };
    await expect(invoke(FunctionName)).rejects.toMatchObject(gone);
    await expect(client.send(new GetFunctionCommand({ FunctionName }))).rejects.toMatchObject(gone);
    await expect(client.send(new DeleteFunctionCommand({ FunctionName }))).rejects.toMatchObject(gone);
    await create(answering('second'), { FunctionName });
    expect((await invoke(FunctionName)).value).toBe('second');
  });

  it('is listed, page by page', async () => {
    const { client, create } = await openLambdaEndpoint();
    const names = [await create(answering('1')), await create(answering('2')), await create(answering('3'))];

    const found: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await client.send(new ListFunctionsCommand({ MaxItems: 2, Marker }));
      expect(page.Functions?.length).toBeLessThanOrEqual(2);
      found.push(...(page.Functions ?? []).map(({ FunctionName = '' }) => FunctionName));
      Marker = page.NextMarker;
    } while (Marker !== undefined);

    expect(found).toEqual(expect.arrayContaining(names));
    expect(new Set(found).size).toBe(found.length);
  });

  it('counts in the account', async () => {
    const { client, create } = await openLambdaEndpoint();
    await create(answering('x'));

    const { AccountLimit, AccountUsage } = await client.send(new GetAccountSettingsCommand({}));

    expect(AccountUsage?.FunctionCount).toBeGreaterThanOrEqual(1);
    expect(AccountUsage?.TotalCodeSize).toBeGreaterThan(0);
    expect(AccountLimit).toMatchObject({ CodeSizeUnzipped: 262_144_000, CodeSizeZipped: 52_428_800 });
  });
});

describe('CreateFunction', () => {
  it('refuses a name that is taken', async () => {
    const { create } = await openLambdaEndpoint();
    const FunctionName = await create(answering('x'));

    await expect(create(answering('y'), { FunctionName })).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: `Function already exist: ${FunctionName}`,
      $metadata: { httpStatusCode: 409 },
    });
  });

  it.each([
    [{ Timeout: 901 }, 'ValidationException', "Value '901' at 'timeout'"],
    [{ MemorySize: 127 }, 'ValidationException', 'Member must have value greater than or equal to 128'],
    [{ Role: 'nobody' }, 'ValidationException', "Value 'nobody' at 'role'"],
    [{ Handler: 'with space' }, 'ValidationException', "at 'handler' failed to satisfy constraint"],
    [{ FunctionName: 'bad name' }, 'ValidationException', "Value 'bad name' at 'functionName'"],
    [{ Runtime: 'nodejs99.x' }, 'InvalidParameterValueException', "Value nodejs99.x at 'runtime'"],
    [{ Handler: undefined }, 'InvalidParameterValueException', 'mandatory parameters'],
    [
      { LoggingConfig: { LogFormat: 'Text', ApplicationLogLevel: 'WARN' } },
      'InvalidParameterValueException',
      'JSON only',
    ],
    [{ Code: {} }, 'InvalidParameterValueException', 'Please provide a source for function code.'],
    [
      { Environment: { Variables: { AWS_REGION: 'x', OK: 'y' } } },
      'InvalidParameterValueException',
      'Reserved keys used in this request: AWS_REGION',
    ],
    [
      { Environment: { Variables: { AWS_ACCESS_KEY_ID: 'x' } } },
      'InvalidParameterValueException',
      'Reserved keys used in this request: AWS_ACCESS_KEY_ID',
    ],
    [
      { Environment: { Variables: { LONG: 'x'.repeat(4096) } } },
      'InvalidParameterValueException',
      'exceeded the 4KB limit',
    ],
  ])('refuses %j', async (settings, name, message) => {
    const { client, roleArn, newName } = await openLambdaEndpoint();
    const request = {
      ...{ FunctionName: newName(), Role: roleArn, Runtime: 'nodejs24.x', Handler: 'index.handler' },
      Code: { ZipFile: zipOf(answering('x')) },
      ...settings,
    };

    await expect(client.send(new CreateFunctionCommand(request as never))).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message),
      $metadata: { httpStatusCode: 400 },
    });
  });
});

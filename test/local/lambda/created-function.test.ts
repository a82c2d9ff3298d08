import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import {
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetFunctionConcurrencyCommand,
  ListFunctionsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import { connectLambda, openLambdaEndpoint, zipOf } from './lambda-endpoint.ts';
import { ACCOUNT, startTestLambda, temporaryFolder, until, writeFunction } from './lambda-fixture.ts';

/** Waits until the file named in the event exists, and says which code it is. */
const holding = (version: string) => `import { existsSync, writeFileSync } from 'node:fs';
  export const handler = async ({ began, until }) => {
    if (began) writeFileSync(began, '');
    while (until && !existsSync(until)) await new Promise((r) => setTimeout(r, 10));
    return '${version}';
  };`;

const local = async (...options: Parameters<typeof startTestLambda>) => {
  const lambda = await startTestLambda(...options);
  return { lambda, ...connectLambda(lambda.endpoint) };
};

describe('a change while a function runs', () => {
  it('lets the running invocation end on the code that it began with', async () => {
    const { client, create, invoke } = await local([]);
    const folder = await temporaryFolder();
    const FunctionName = await create(holding('old'), { Timeout: 30 });
    const running = invoke(FunctionName, { began: `${folder}/began`, until: `${folder}/open` });
    await until(async () => (await readdir(folder)).includes('began'), 'the invocation has begun');

    await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipOf(holding('new')) }));

    expect((await invoke(FunctionName)).value).toBe('new');
    await writeFile(`${folder}/open`, '');
    expect((await running).value).toBe('old');
    expect((await invoke(FunctionName)).value).toBe('new');
  });

  it('leaves no copy of the old code', async () => {
    const { client, create, invoke } = await local([]);
    const where = 'export const handler = async () => process.env.LAMBDA_TASK_ROOT;';
    const FunctionName = await create(where);
    const old = String((await invoke(FunctionName)).value);

    await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipOf(where) }));

    await until(() => !existsSync(old), 'the old code is gone');
    expect(existsSync(String((await invoke(FunctionName)).value))).toBe(true);
  });

  it('lets the running invocation of a deleted function end', async () => {
    const { client, create, invoke } = await local([]);
    const folder = await temporaryFolder();
    const FunctionName = await create(holding('last'), { Timeout: 30 });
    const running = invoke(FunctionName, { began: `${folder}/began`, until: `${folder}/open` });
    await until(async () => (await readdir(folder)).includes('began'), 'the invocation has begun');

    await client.send(new DeleteFunctionCommand({ FunctionName }));
    await writeFile(`${folder}/open`, '');

    expect((await running).value).toBe('last');
  });

  it('of settings starts fresh environments, of a reservation it does not', async () => {
    const { client, create, invoke } = await openLambdaEndpoint();
    const FunctionName = await create('let n = 0; export const handler = async () => { n += 1; return n; };');
    expect((await invoke(FunctionName)).value).toBe(1);

    const config = { FunctionName, MaximumRetryAttempts: 1 };
    await client.send(new PutFunctionEventInvokeConfigCommand(config));
    expect((await invoke(FunctionName)).value).toBe(2);

    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 5 }));
    expect((await invoke(FunctionName)).value).toBe(1);
  });

  it('is made after the one before: none is lost', async () => {
    const { client, create, invoke } = await local([]);
    const FunctionName = await create(holding('v0'));

    await Promise.all([
      client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 11 })),
      client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipOf(holding('v1')) })),
      client.send(new UpdateFunctionConfigurationCommand({ FunctionName, MemorySize: 200 })),
      client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 2 })),
    ]);

    const [described] = (await client.send(new ListFunctionsCommand({}))).Functions ?? [];
    expect(described).toMatchObject({ Timeout: 11, MemorySize: 200 });
    expect((await invoke(FunctionName)).value).toBe('v1');
  });
});

describe('reserved concurrency', () => {
  it('is put, shown and taken away, and counts at once', async () => {
    const { client, create, invoke } = await local([]);
    const FunctionName = await create(holding('x'));
    const reserved = async () =>
      (await client.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions;
    const put = (ReservedConcurrentExecutions: number) =>
      client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));

    expect(await reserved()).toBeUndefined();
    expect(await put(0)).toMatchObject({ ReservedConcurrentExecutions: 0 });
    await expect(invoke(FunctionName)).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      $metadata: { httpStatusCode: 429 },
    });
    await put(3);
    expect(await reserved()).toBe(3);
    expect((await invoke(FunctionName)).value).toBe('x');
    await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    expect(await reserved()).toBeUndefined();
  });

  it('leaves something to the other functions', async () => {
    const { client, create } = await local([], { maxConcurrency: 5 });
    const FunctionName = await create(holding('x'));
    const put = (ReservedConcurrentExecutions: number) =>
      client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));

    await put(4);
    await expect(put(5)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining("decreases account's UnreservedConcurrentExecution below its minimum"),
    });
    await expect(put(-1)).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('functions of the template and of the API', () => {
  it('are invoked and listed alike, and those of the template cannot be changed', async () => {
    const config = await writeFunction('export const handler = async () => "template";', {
      name: 'of-template',
    });
    const { client, create, invoke } = await local([config]);
    await create('export const handler = async () => "api";', { FunctionName: 'of-api' });

    expect((await invoke('of-template')).value).toBe('template');
    expect((await invoke('of-api')).value).toBe('api');
    const { Functions = [] } = await client.send(new ListFunctionsCommand({}));
    expect(Functions.map(({ FunctionName }) => FunctionName)).toEqual(['of-api', 'of-template']);

    const conflict = {
      name: 'ResourceConflictException',
      message: 'The function of-template is one of the template: change it there and start again.',
    };
    const FunctionName = 'of-template';
    const changes = [
      new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 5 }),
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 }),
      new DeleteFunctionCommand({ FunctionName }),
    ];
    for (const change of changes) {
      await expect(client.send(change as DeleteFunctionCommand)).rejects.toMatchObject(conflict);
    }
    await expect(create('', { FunctionName })).rejects.toMatchObject({ name: 'ResourceConflictException' });
  });

  it('of the same name: that of the template is served, the other one is kept', async () => {
    const directory = await temporaryFolder();
    const first = await local([], { directory });
    await first.create('export const handler = async () => "api";', { FunctionName: 'both' });
    await first.lambda.close();

    const template = await writeFunction('export const handler = async () => "template";', { name: 'both' });
    const second = await local([template], { directory });
    expect((await second.invoke('both')).value).toBe('template');
    await second.lambda.close();

    const third = await local([], { directory });
    expect((await third.invoke('both')).value).toBe('api');
  });

  it('of the API get the variables of their role, and their own win', async () => {
    const { create, invoke, roleArn } = await local([], {
      createdFunctionEnvironment: (arn) => ({
        AWS_ACCESS_KEY_ID: `KEY-OF-${arn}`,
        AWS_ENDPOINT_URL: 'http://given',
      }),
    });
    const code =
      'export const handler = async () => [process.env.AWS_ACCESS_KEY_ID, process.env.AWS_ENDPOINT_URL];';

    const plain = await create(code);
    const own = await create(code, { Environment: { Variables: { AWS_ENDPOINT_URL: 'http://own' } } });

    expect((await invoke(plain)).value).toEqual([`KEY-OF-${roleArn}`, 'http://given']);
    expect((await invoke(own)).value).toEqual([`KEY-OF-${roleArn}`, 'http://own']);
  });

  it('may have roles of this account only', async () => {
    const { create } = await local([]);

    await expect(create('', { Role: `arn:aws:iam::${'9'.repeat(12)}:role/x` })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'Cross-account pass role is not allowed.',
    });
    await create('', { Role: `arn:aws:iam::${ACCOUNT}:role/path/to/any` });
  });
});

describe('the environments of two functions', () => {
  const CODE = `import { existsSync, readdirSync, writeFileSync } from 'node:fs';
    import { tmpdir } from 'node:os';
    import { join, resolve } from 'node:path';
    globalThis.seen = (globalThis.seen ?? 0) + 1;
    export const handler = async ({ set }) => {
      const before = { env: process.env.MARK ?? null, mark: globalThis.mark ?? null, files: readdirSync(tmpdir()) };
      if (set) {
        process.env.MARK = set;
        globalThis.mark = set;
        Array.prototype.marked = set;
        writeFileSync(join(tmpdir(), set), '');
      }
      return { ...before, array: [].marked ?? null, loads: globalThis.seen, home: process.cwd() === process.env.LAMBDA_TASK_ROOT,
        resolved: resolve('x') === join(process.env.LAMBDA_TASK_ROOT, 'x') };
    };`;

  it('share no variables, globals, prototypes or temporary files, with each other or with this process', async () => {
    const { create, invoke } = await local([]);
    const [one, two] = [await create(CODE), await create(CODE)];

    await invoke(one, { set: 'mine' });

    const home = { loads: 1, home: true, resolved: true };
    expect((await invoke(one)).value).toEqual({
      env: 'mine',
      mark: 'mine',
      array: 'mine',
      files: ['mine'],
      ...home,
    });
    expect((await invoke(two)).value).toEqual({ env: null, mark: null, array: null, files: [], ...home });
    expect([process.env.MARK, Reflect.get(globalThis, 'mark'), Reflect.get([], 'marked')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('end with their temporary files', async () => {
    const { create, invoke } = await local([], { idleMs: 10 });
    const name = await create(
      'import { tmpdir } from "node:os"; export const handler = async () => tmpdir();',
    );

    const folder = String((await invoke(name)).value);

    await until(
      () =>
        mkdir(`${folder}/probe`).then(
          () => false,
          () => true,
        ),
      'the folder is gone',
    );
  });

  it('may send signals to themselves, or to their group', async () => {
    const { create, invoke } = await local([]);
    const name = await create(
      'export const handler = async ({ pid, signal }) => process.kill(pid ?? process.pid, signal);',
    );
    const signalled = (word: string) => ({
      functionError: 'Unhandled',
      value: { errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(`signal: ${word}$`) },
    });

    expect(await invoke(name, { signal: 'SIGKILL' })).toMatchObject(signalled('killed'));
    expect(await invoke(name, { signal: 'SIGTERM' })).toMatchObject(signalled('terminated'));
    expect(await invoke(name, { pid: 0, signal: 'SIGKILL' })).toMatchObject(signalled('killed'));
    expect((await invoke(name, { signal: 0 })).value).toBe(true);
  });

  it('are given up at the timeout even within a call that blocks, with what they had started', async () => {
    const { create, invoke } = await local([]);
    const name = await create(
      'import { execSync } from "node:child_process"; export const handler = async () => execSync("sleep 654.32");',
      { Timeout: 1 },
    );

    // The command would take longer than this test may.
    const { value } = await invoke(name);

    expect(value).toMatchObject({ errorType: 'Sandbox.Timedout' });
    await until(async () => !(await isRunning('sleep 654.32')), 'the command has ended');
  });

  it('end with what they had started also when they end by themselves', async () => {
    const { create, invoke } = await local([]);
    const name = await create(
      `import { spawn } from "node:child_process";
       export const handler = async () => { spawn("sleep", ["7.6543"]); await new Promise((r) => setTimeout(r, 100)); process.exit(2); };`,
    );

    expect((await invoke(name)).value).toMatchObject({ errorType: 'Runtime.ExitError' });

    await until(async () => !(await isRunning('sleep 7.6543')), 'the command has ended');
  });

  it('may write to any of their pipes', async () => {
    const { create, invoke } = await local([]);
    const name = await create(
      `import { writeSync } from "node:fs";
       export const handler = async () => { writeSync(3, "no message\\n"); writeSync(3, "null\\n"); return "done"; };`,
    );

    const { value, log } = await invoke(name);

    expect(value).toBe('done');
    expect(log).toContain('no message\n');
  });

  it('have files of their own folder at hand, by relative paths', async () => {
    const { create, invoke } = await local([]);
    const name = await create({
      'index.mjs':
        'import { readFileSync } from "node:fs"; export const handler = async () => readFileSync("data/word.txt", "utf8");',
      'data/word.txt': 'found',
    });

    expect((await invoke(name)).value).toBe('found');
  });

  it.each([
    [
      'index.mjs',
      'import { LambdaClient } from "@aws-sdk/client-lambda"; export const handler = async () => LambdaClient.name;',
    ],
    [
      'index.cjs',
      'const { LambdaClient } = require("@aws-sdk/client-lambda"); exports.handler = async () => LambdaClient.name;',
    ],
  ])('have the AWS SDK without bringing it: %s', async (file, code) => {
    const { create, invoke } = await local([]);

    const name = await create({ [file]: code }, { MemorySize: 256, Timeout: 30 });

    expect((await invoke(name)).value).toBe('LambdaClient');
  });

  it('have the time zone that they ask for', async () => {
    const { create, invoke } = await local([]);
    const code = 'export const handler = async () => new Date(Date.UTC(2026, 0, 1)).getHours();';

    const utc = await create(code);
    const tokyo = await create(code, { Environment: { Variables: { TZ: 'Asia/Tokyo' } } });

    expect((await invoke(utc)).value).toBe(0);
    expect((await invoke(tokyo)).value).toBe(9);
  });

  it('cannot reach the service over the channel that it uses', async () => {
    const { create, invoke } = await local([]);
    const name = await create('export const handler = async () => typeof process.send;');

    expect((await invoke(name)).value).toBe('undefined');
  });
});

const isRunning = (command: string): Promise<boolean> =>
  promisify(execFile)('ps', ['-eo', 'args']).then(({ stdout }) => stdout.split('\n').includes(command));

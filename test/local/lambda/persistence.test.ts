import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import {
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetFunctionEventInvokeConfigCommand,
  ListFunctionsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectLambda, type LambdaEndpoint, zipOf } from './lambda-endpoint.ts';
import { startTestLambda, temporaryFolder, until } from './lambda-fixture.ts';

const answering = (value: string) => `export const handler = async () => '${value}';`;

/** Leaves a file per attempt in the folder `seen` and fails while there are fewer than `succeedAt`. */
const COUNTING = `import { readdirSync, writeFileSync } from 'node:fs';
  export const handler = async ({ seen, succeedAt }) => {
    writeFileSync(seen + '/' + readdirSync(seen).length, '');
    if (readdirSync(seen).length < succeedAt) throw new Error('not yet');
  };`;

async function start(directory: string) {
  const lambda = await startTestLambda([], { directory, eventRetryDelaysMs: [400, 1] });
  return { lambda, ...connectLambda(lambda.endpoint) };
}

/** A Lambda in a process of its own, which can be killed. */
async function startProcess(directory: string, logDirectory: string) {
  const script = `
    import { startLambda } from ${JSON.stringify(new URL('../../../local/lambda/server.ts', import.meta.url).href)};
    const lambda = await startLambda({
      region: 'eu-central-1', accountId: '123456789012', functions: [],
      directory: ${JSON.stringify(directory)}, logDirectory: ${JSON.stringify(logDirectory)},
    });
    console.log(lambda.endpoint);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [endpoint] = await once(child.stdout.setEncoding('utf8'), 'data');
  return {
    api: connectLambda(String(endpoint).trim()),
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

const describeAll = async ({ client }: LambdaEndpoint, FunctionName: string) => ({
  configuration: {
    ...(await client.send(new GetFunctionConfigurationCommand({ FunctionName }))),
    $metadata: 0,
  },
  concurrency: (await client.send(new GetFunctionConcurrencyCommand({ FunctionName })))
    .ReservedConcurrentExecutions,
  events: { ...(await client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }))), $metadata: 0 },
});

describe('after a restart', () => {
  it('functions are as they were last, with their code, reservation and event settings', async () => {
    const directory = await temporaryFolder();
    const first = await start(directory);
    const FunctionName = await first.create(answering('old'), { Description: 'kept', Timeout: 8 });
    await first.client.send(
      new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zipOf(answering('new')) }),
    );
    await first.client.send(
      new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 2 }),
    );
    await first.client.send(
      new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 }),
    );
    const before = await describeAll(first, FunctionName);
    await first.lambda.close();

    const second = await start(directory);

    expect(await describeAll(second, FunctionName)).toEqual(before);
    expect((await second.invoke(FunctionName)).value).toBe('new');
  });

  it('an event that waited for its retry is tried again, and counts what was tried before', async () => {
    const directory = await temporaryFolder();
    const seen = await temporaryFolder();
    const attempts = async () => (await readdir(seen)).length;
    const first = await start(directory);
    const name = await first.create(COUNTING);
    await first.lambda.invokeAsync(name, JSON.stringify({ seen, succeedAt: 99 }));
    await until(async () => (await attempts()) === 1, 'the first attempt has run');
    await until(
      async () => (await first.lambda.readLog(name)).includes('REPORT'),
      'the first attempt has ended',
    );
    await first.lambda.close();

    const second = await start(directory);
    await until(async () => (await attempts()) === 3, 'both retries have run');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await second.lambda.close();

    expect(await attempts()).toBe(3);
  });
});

describe('after kill -9', () => {
  it('every acknowledged change is there', async () => {
    const [directory, logs] = [await temporaryFolder(), await temporaryFolder()];
    const { api, kill } = await startProcess(directory, logs);
    const names = await Promise.all(['a', 'b', 'c'].map((value) => api.create(answering(value))));
    const [changed = ''] = names;
    await api.client.send(
      new UpdateFunctionCodeCommand({ FunctionName: changed, ZipFile: zipOf(answering('changed')) }),
    );
    await kill();

    const again = await start(directory);

    const { Functions = [] } = await again.client.send(new ListFunctionsCommand({}));
    expect(Functions.map(({ FunctionName }) => FunctionName)).toEqual(names.toSorted());
    expect((await again.invoke(changed)).value).toBe('changed');
  });

  it('an accepted event is not lost, also when it was being run', async () => {
    const [directory, logs, seen] = [
      await temporaryFolder(),
      await temporaryFolder(),
      await temporaryFolder(),
    ];
    const { api, kill } = await startProcess(directory, logs);
    const name = await api.create(
      `import { writeFileSync } from 'node:fs';
       export const handler = async ({ seen }) => {
         writeFileSync(seen + '/' + process.pid, '');
         await new Promise((resolve) => setTimeout(resolve, 2_000));
       };`,
      { Timeout: 30 },
    );
    await api.invoke(name, { seen }, { InvocationType: 'Event' });
    await until(async () => (await readdir(seen)).length === 1, 'the function runs');
    await kill();

    await start(directory);

    await until(async () => (await readdir(seen)).length === 2, 'the function runs again');
  });

  it('no environment is left, not even one in a busy loop', async () => {
    const [directory, logs, seen] = [
      await temporaryFolder(),
      await temporaryFolder(),
      await temporaryFolder(),
    ];
    const { api, kill } = await startProcess(directory, logs);
    const code = `import { writeFileSync } from 'node:fs';
      export const handler = async ({ seen, loop }) => { writeFileSync(seen + '/' + process.pid, ''); while (loop); };`;
    const [warm, busy] = [await api.create(code), await api.create(code, { Timeout: 900 })];
    await api.invoke(warm, { seen });
    api.invoke(busy, { seen, loop: true }).catch(() => {});
    await until(async () => (await readdir(seen)).length === 2, 'both have run');
    const pids = (await readdir(seen)).map(Number);

    await kill();

    await until(() => !pids.some(isAlive), 'both processes have ended');
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

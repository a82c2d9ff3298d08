import { mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FunctionConfig } from '../../../local/lambda/function-config.ts';
import { type LambdaOptions, type LocalLambda, startLambda } from '../../../local/lambda/server.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';

/** A temporary folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lambda-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes the files of a function to a folder of their own and configures it. */
export async function writeFunction(
  files: string | Readonly<Record<string, string>>,
  overrides: Partial<FunctionConfig> = {},
): Promise<FunctionConfig> {
  const codeDirectory = await temporaryFolder();
  for (const [name, text] of Object.entries(typeof files === 'string' ? { 'index.mjs': files } : files)) {
    mkdirSync(dirname(join(codeDirectory, name)), { recursive: true });
    await writeFile(join(codeDirectory, name), text);
  }
  const name = overrides.name ?? 'subject';
  return {
    name,
    arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
    codeDirectory,
    handler: 'index.handler',
    environment: {},
    timeoutSeconds: 20,
    memoryMib: 256,
    ...overrides,
  };
}

export interface StartedLambda extends LocalLambda {
  /** Invokes with a value and gives the parsed answer. */
  call(name: string, event?: unknown): Promise<{ value: unknown; functionError: string | undefined }>;
  /** Without the times before the lines. */
  readLog(name: string): Promise<string>;
  readonly logDirectory: string;
}

/** Starts a Lambda that is closed after the test. */
export async function startTestLambda(
  functions: readonly FunctionConfig[],
  options: Partial<LambdaOptions> = {},
): Promise<StartedLambda> {
  const logDirectory = await temporaryFolder();
  const lambda = await startLambda({
    region: REGION,
    accountId: ACCOUNT,
    directory: await temporaryFolder(),
    logDirectory,
    functions,
    ...options,
  });
  onTestFinished(() => lambda.close());
  return {
    ...lambda,
    logDirectory,
    async call(name, event = {}) {
      const { payload, functionError } = await lambda.invoke(name, JSON.stringify(event));
      return { value: JSON.parse(payload), functionError };
    },
    readLog: async (name) =>
      (await readFile(join(logDirectory, `${name}.log`), 'utf8')).replace(/^\d{4}-\S+Z /gm, ''),
  };
}

/** Resolves when the condition holds; fails the test when it does not in time. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Timed out waiting until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

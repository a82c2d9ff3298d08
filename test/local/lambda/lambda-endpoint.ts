import { randomUUID } from 'node:crypto';
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { onTestFinished } from 'vitest';
import type { LambdaOptions } from '../../../local/lambda/server.ts';
import { ACCOUNT, REGION, startTestLambda } from './lambda-fixture.ts';

/** Where a test of the API runs: a local Lambda of its own, or the one that HOLDFAST_LAMBDA_ENDPOINT names. */
export interface LambdaEndpoint {
  readonly client: LambdaClient;
  readonly roleArn: string;
  newName(): string;
  /** Makes a function that is gone after the test, and waits until it is active. */
  create(files: Files, settings?: Partial<CreateFunctionCommandInput>): Promise<string>;
  invoke(name: string, event?: unknown, options?: Partial<InvokeCommandInput>): Promise<Answer>;
}

export interface Answer {
  readonly value: unknown;
  readonly functionError: string | undefined;
  /** The end of the log. */
  readonly log: string;
}

/** Text by path, or the text of `index.mjs`. */
type Files = string | Readonly<Record<string, string>>;

export function zipOf(files: Files): Uint8Array {
  const byPath = typeof files === 'string' ? { 'index.mjs': files } : files;
  return zipSync(Object.fromEntries(Object.entries(byPath).map(([path, text]) => [path, strToU8(text)])));
}

export async function openLambdaEndpoint(options: Partial<LambdaOptions> = {}): Promise<LambdaEndpoint> {
  const external = process.env.HOLDFAST_LAMBDA_ENDPOINT;
  const url = external ?? (await startTestLambda([], options)).endpoint;
  return connectLambda(url);
}

/** Talks to a Lambda; what was created is deleted after the test. */
export function connectLambda(endpoint: string): LambdaEndpoint {
  const client = new LambdaClient({
    endpoint,
    region: process.env.HOLDFAST_LAMBDA_REGION ?? REGION,
    credentials: {
      accessKeyId: process.env.HOLDFAST_LAMBDA_ACCESS_KEY_ID ?? 'AKLOCAL',
      secretAccessKey: process.env.HOLDFAST_LAMBDA_SECRET_ACCESS_KEY ?? 'secret',
    },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  const roleArn = process.env.HOLDFAST_LAMBDA_ROLE_ARN ?? `arn:aws:iam::${ACCOUNT}:role/contract`;
  const newName = () => `contract-${randomUUID()}`;
  return {
    ...{ client, roleArn, newName },
    async create(files, settings = {}) {
      const FunctionName = settings.FunctionName ?? newName();
      await client.send(
        new CreateFunctionCommand({
          ...{ FunctionName, Role: roleArn, Runtime: 'nodejs24.x', Handler: 'index.handler' },
          Code: { ZipFile: zipOf(files) },
          ...settings,
        }),
      );
      onTestFinished(() => remove(client, FunctionName));
      await waitUntilFunctionActiveV2({ client, maxWaitTime: 60, minDelay: 1 }, { FunctionName });
      return FunctionName;
    },
    async invoke(FunctionName, event = {}, more = {}) {
      const { Payload, FunctionError, LogResult } = await client.send(
        new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), LogType: 'Tail', ...more }),
      );
      return {
        value: JSON.parse(Payload?.transformToString() || 'null'),
        functionError: FunctionError,
        log: Buffer.from(LogResult ?? '', 'base64').toString(),
      };
    },
  };
}

/** A local server may have been closed, and a test may have deleted the function itself. */
async function remove(client: LambdaClient, FunctionName: string): Promise<void> {
  await client.send(new DeleteFunctionCommand({ FunctionName })).catch(() => undefined);
}

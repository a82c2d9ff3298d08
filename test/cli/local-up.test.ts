import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { strToU8, zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CliProcess, ownEnvironment } from './cli-process.ts';
import { runHere } from './run-here.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-local-up-'));
});
// Kept until a killed process's database has ended, too.
afterEach(() => rmSync(folder, { recursive: true, maxRetries: 20, retryDelay: 100 }));

interface Access {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
type ServiceName = 's3' | 'dynamodb' | 'stepfunctions' | 'lambda' | 'events' | 'sqs' | 'sns' | 'scheduler';
interface Facts extends Record<ServiceName, Access> {
  readonly region: string;
  readonly accountId: string;
  readonly pid: number;
  readonly caFile?: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** What a user of the SDK makes of a service's facts. */
const optionsOf = ({ endpoint, region, accessKeyId, secretAccessKey }: Access, caFile?: string) => ({
  ...{ endpoint, region, forcePathStyle: true, maxAttempts: 1 },
  credentials: { accessKeyId, secretAccessKey },
  ...(caFile !== undefined && { requestHandler: { httpsAgent: new Agent({ ca: readFileSync(caFile) }) } }),
});

const startUp = async (...args: string[]): Promise<{ up: CliProcess; facts: Facts }> => {
  const up = new CliProcess(['local', 'up', '--json', '--data', folder, ...args], {
    as: 'launcherOnOldNode',
  });
  return { up, facts: JSON.parse(await up.firstLine()) as Facts };
};

const role = 'arn:aws:iam::123456789012:role/anything';

const measureCode = `export const handler = async ({ text }) => {
  console.log('measuring', text);
  return { length: text.length };
};`;

const createFunction = async ({ lambda, caFile }: Facts): Promise<string> => {
  const { FunctionArn } = await new LambdaClient(optionsOf(lambda, caFile)).send(
    new CreateFunctionCommand({
      ...{
        FunctionName: 'measure',
        Role: role,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Timeout: 20,
      },
      Code: { ZipFile: zipSync({ 'index.mjs': strToU8(measureCode) }) },
    }),
  );
  return FunctionArn ?? '';
};

const invoke = async ({ lambda }: Facts, text: string): Promise<unknown> => {
  const { Payload } = await new LambdaClient(optionsOf(lambda)).send(
    new InvokeCommand({ FunctionName: 'measure', Payload: strToU8(JSON.stringify({ text })) }),
  );
  return JSON.parse(Buffer.from(Payload ?? []).toString());
};

/** Runs a program as a shell would in which the printed variables are set. */
const runWith = (environment: Readonly<Record<string, string>>, code: string) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: join(import.meta.dirname, '..', '..'),
    env: { ...ownEnvironment(), ...environment },
    encoding: 'utf8',
  });

const listBuckets = `
  import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
  const { Buckets } = await new S3Client({}).send(new ListBucketsCommand({}));
  console.log(Buckets.map(({ Name }) => Name).join());`;

describe('holdfast local up', () => {
  it('serves what is made through the SDK: a bucket, a table, a function, and a workflow that runs it', async () => {
    const { up, facts } = await startUp();
    await new S3Client(optionsOf(facts.s3)).send(new CreateBucketCommand({ Bucket: 'kept' }));
    await new DynamoDBClient(optionsOf(facts.dynamodb)).send(
      new CreateTableCommand({
        ...{ TableName: 'things', BillingMode: 'PAY_PER_REQUEST' },
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    );
    const functionArn = await createFunction(facts);
    const sfn = new SFNClient(optionsOf(facts.stepfunctions));
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'Keep',
      States: { Keep: { Type: 'Task', Resource: functionArn, End: true } },
    };
    const { stateMachineArn } = await sfn.send(
      new CreateStateMachineCommand({
        name: 'keeper',
        roleArn: role,
        definition: JSON.stringify(definition),
      }),
    );

    const direct = await invoke(facts, 'four');
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, input: '{"text":"sixsix"}' }),
    );
    const output = await vi.waitFor(async () => {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      expect(execution.status).toBe('SUCCEEDED');
      return execution.output;
    }, 10_000);
    const status = await runHere(['local', 'status', '--json', '--data', folder]);
    const end = await up.stop('SIGINT');

    expect(direct).toEqual({ length: 4 });
    expect(JSON.parse(output ?? '')).toEqual({ length: 6 });
    expect(status.code).toBe(0);
    expect(JSON.parse(status.stdout).services).toMatchObject({
      s3: { holds: { what: 'buckets', count: 1 } },
      dynamodb: { holds: { what: 'tables', count: 1 } },
      lambda: { holds: { what: 'functions', count: 1 } },
      stepfunctions: { holds: { what: 'state machines', count: 1 } },
    });
    expect(end).toMatchObject({ code: 0, stderr: '' });
    expect(end.stdout.split('\n')).toHaveLength(2);
  });

  it('carries messages of a topic, a rule and a schedule to a queue and a function, also over TLS', async () => {
    const { facts } = await startUp('--tls');
    const sqs = new SQSClient(optionsOf(facts.sqs, facts.caFile));
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }));
    const queueArn = `arn:aws:sqs:${facts.region}:${facts.accountId}:jobs`;
    const sns = new SNSClient(optionsOf(facts.sns, facts.caFile));
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'news' }));
    const Attributes = { RawMessageDelivery: 'true' };
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArn, Attributes }));
    const events = new EventBridgeClient(optionsOf(facts.events, facts.caFile));
    await events.send(new PutRuleCommand({ Name: 'mine', EventPattern: '{"source":["me"]}' }));
    const target = { Id: 'function', Arn: await createFunction(facts), InputPath: '$.detail' };
    await events.send(new PutTargetsCommand({ Rule: 'mine', Targets: [target] }));

    await sns.send(new PublishCommand({ TopicArn, Message: 'by the topic' }));
    const entry = { Source: 'me', DetailType: 'x', Detail: '{"text":"by the rule"}' };
    await events.send(new PutEventsCommand({ Entries: [entry] }));
    const soon = new Date(Date.now() + 1_500).toISOString().slice(0, 19);
    await new SchedulerClient(optionsOf(facts.scheduler, facts.caFile)).send(
      new CreateScheduleCommand({
        ...{ Name: 'once', ScheduleExpression: `at(${soon})`, FlexibleTimeWindow: { Mode: 'OFF' } },
        Target: { Arn: queueArn, RoleArn: role, Input: 'by the schedule' },
      }),
    );

    const received: (string | undefined)[] = [];
    await vi.waitFor(async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
      received.push(...Messages.map(({ Body }) => Body));
      expect(received.toSorted()).toEqual(['by the schedule', 'by the topic']);
      const { stdout } = await runHere(['local', 'logs', 'measure', '--data', folder]);
      expect(stdout).toContain('measuring by the rule');
    }, 15_000);
  });

  it('finds everything again, at the same places and with the same keys, after it was killed', async () => {
    const { up, facts } = await startUp();
    const s3 = new S3Client(optionsOf(facts.s3));
    await s3.send(new CreateBucketCommand({ Bucket: 'kept' }));
    await s3.send(new PutObjectCommand({ Bucket: 'kept', Key: 'before', Body: 'the kill' }));
    await createFunction(facts);
    // The one that serves, not the one that started it.
    process.kill(facts.pid, 'SIGKILL');
    await up.end();

    const { facts: again } = await startUp();

    expect(again).toEqual({ ...facts, pid: again.pid });
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'kept', Key: 'before' }));
    expect(await Body?.transformToString()).toBe('the kill');
    expect(await invoke(facts, 'after')).toEqual({ length: 5 });
  });

  it('gives https that SDKs use by the printed variables alone', async () => {
    const { facts } = await startUp('--tls', '--host', 'localhost');
    const untrusted = new S3Client(optionsOf(facts.s3)).send(new CreateBucketCommand({ Bucket: 'kept' }));
    await expect(untrusted).rejects.toThrow(/self-signed certificate/);
    const made = runWith(
      facts.environment,
      `import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
       await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'kept' }));`,
    );
    const listed = runWith(facts.environment, listBuckets);

    expect(facts.s3.endpoint).toMatch(/^https:\/\/localhost:/);
    expect(facts.caFile).toBe(join(folder, 'tls', 'certificate.pem'));
    expect(made).toMatchObject({ status: 0, stderr: '' });
    expect(listed).toMatchObject({ status: 0, stdout: 'kept\n' });
  });

  it('prints for people what a shell takes as it stands', async () => {
    const up = new CliProcess(['local', 'up', '--data', join(folder, "it's here")]);
    await vi.waitFor(() => expect(up.stdout).toContain('Ctrl-C ends it'), 20_000);

    const exports = up.stdout.split('\n').filter((line) => line.startsWith('export '));
    const script = `${exports.join('\n')}\nexec "$0" --input-type=module -e "$1"`;
    const listed = spawnSync('bash', ['-c', script, process.execPath, listBuckets], {
      cwd: join(import.meta.dirname, '..', '..'),
      encoding: 'utf8',
    });

    expect(listed).toMatchObject({ status: 0, stdout: '\n', stderr: '' });
    expect(up.stdout).toContain(join(folder, "it's here"));
  });

  it('tells a second one on the same folder whose it is', async () => {
    const { facts } = await startUp();

    const second = await runHere(['local', 'up', '--data', folder]);
    const reset = await runHere(['local', 'reset', '--yes', '--data', folder]);

    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toMatch(new RegExp(`^holdfast: .* is in use by process ${facts.pid}: end it.*\n$`));
    expect(reset.code).toBe(1);
    expect(
      (await new DynamoDBClient(optionsOf(facts.dynamodb)).send(new ListTablesCommand({}))).TableNames,
    ).toEqual([]);
  });

  it('warns when other machines can reach it', async () => {
    const { up, facts } = await startUp('--host', '0.0.0.0');

    expect(facts.s3.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect(up.stderr).toMatch(
      /^holdfast: warning: other machines reach these endpoints .*Without --tls .*\n$/,
    );
    await new S3Client(optionsOf(facts.s3)).send(new CreateBucketCommand({ Bucket: 'kept' }));
  });

  it('ends without a word when it is told so while it starts', async () => {
    const up = new CliProcess(['local', 'up', '--json', '--data', folder]);
    await vi.waitFor(async () => {
      const { stdout } = await runHere(['local', 'status', '--json', '--data', folder]);
      expect(JSON.parse(stdout).state).not.toBe('stopped');
    }, 10_000);

    const { code, stderr } = await up.stop('SIGTERM');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

const follow = (name: string): CliProcess =>
  new CliProcess(['local', 'logs', name, '--follow', '--since', '1h', '--data', folder]);

describe('the commands beside it', () => {
  it('show what functions log, also while they run, and start anew after a reset', async () => {
    const { up, facts } = await startUp();
    const early = follow('measure');
    await vi.waitFor(() => expect(early.stderr).toBe('holdfast: measure has logged nothing yet\n'), 10_000);
    await createFunction(facts);
    await invoke(facts, 'first');
    const following = follow('measure');
    await once(following.child.stdout ?? following.child, 'data');

    await invoke(facts, 'second');

    await vi.waitFor(() => expect(following.stdout).toMatch(/Z .*\tINFO\tmeasuring second\n/), 10_000);
    expect(following.stdout).toContain('measuring first');
    await following.stop('SIGINT');
    expect((await early.stop('SIGINT')).stdout).toContain('measuring second');
    const all = await runHere(['local', 'logs', '--data', folder]);
    const lines = await runHere(['local', 'logs', 'measure', '--json', '--data', folder]);
    const none = await runHere(['local', 'logs', '--since', '2999-01-01', '--data', folder]);
    const unknown = await runHere(['local', 'logs', 'measured', '--data', folder]);
    await up.stop();
    const unasked = await runHere(['local', 'reset', '--data', folder]);
    const reset = await runHere(['local', 'reset', '--yes', '--data', folder]);
    const after = await runHere(['local', 'logs', '--data', folder]);

    expect(all.stdout).toMatch(/^\S+Z measure START RequestId: /m);
    const messages = lines.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(messages[0]).toEqual({
      time: expect.any(String),
      functionName: 'measure',
      message: expect.any(String),
    });
    expect(messages.filter(({ message }) => message.startsWith('REPORT'))).toHaveLength(2);
    expect(none).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toBe('holdfast: measured has logged nothing; functions that have: measure\n');
    expect(unasked).toMatchObject({ code: 1, stdout: '' });
    expect(unasked.stderr).toMatch(/say so with --yes\n$/);
    expect(reset).toEqual({ code: 0, stdout: `removed the data in ${folder}\n`, stderr: '' });
    expect(after).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { emptyPlan } from '../../../local/assembly/plan.ts';
import { choosePorts } from '../../../local/assembly/ports.ts';
import { servePlan } from '../../../local/up.ts';
import { each, same } from './distributed-states.ts';
import { until, Workflows } from './harness.ts';

it('the local AWS connects its state machines with S3, and their status changes with the event bus', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-stepfunctions-aws-'));
  const aws = await servePlan(emptyPlan(), {
    dataDirectory: directory,
    choosePorts: (names) => choosePorts(directory, names, {}),
  });
  const shared = { region: aws.region, credentials: aws.adminCredential, maxAttempts: 1 };
  const s3 = new S3Client({ ...shared, endpoint: aws.endpoints.s3, forcePathStyle: true });
  const sqs = new SQSClient({ ...shared, endpoint: aws.endpoints.sqs });
  const events = new EventBridgeClient({ ...shared, endpoint: aws.endpoints.events });
  const states = new SFNClient({ ...shared, endpoint: aws.endpoints.stepfunctions });
  try {
    const Bucket = 'items';
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'list.json', Body: '[1,2]' }));
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'status' }));
    const Arn = `arn:aws:sqs:${aws.region}:${aws.accountId}:status`;
    const EventPattern = JSON.stringify({ source: ['aws.states'], detail: { status: ['SUCCEEDED'] } });
    await events.send(new PutRuleCommand({ Name: 'ended', EventPattern }));
    await events.send(new PutTargetsCommand({ Rule: 'ended', Targets: [{ Id: 'queue', Arn }] }));
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'Each',
      States: each(same, {
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          Arguments: { Bucket, Key: 'list.json' },
          ReaderConfig: { InputType: 'JSON' },
        },
        ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket } },
      }),
    };

    const { stateMachineArn } = await states.send(
      new CreateStateMachineCommand({
        name: 'map',
        definition: JSON.stringify(definition),
        roleArn: `arn:aws:iam::${aws.accountId}:role/any`,
      }),
    );
    const { executionArn = '' } = await states.send(new StartExecutionCommand({ stateMachineArn }));
    const workflows = new Workflows(states, () => Promise.reject(new Error('not needed')));
    const { output = '' } = await workflows.ended(executionArn);

    const { ResultWriterDetails } = JSON.parse(output) as {
      ResultWriterDetails: { Bucket: string; Key: string };
    };
    const manifest = await s3.send(new GetObjectCommand(ResultWriterDetails));
    expect(JSON.parse((await manifest.Body?.transformToString()) ?? '').ResultFiles.SUCCEEDED).toHaveLength(
      1,
    );
    const received = await until('the event of the end', async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      const details = Messages.map(({ Body = '{}' }) => JSON.parse(Body).detail);
      return details.find((detail) => detail.executionArn === executionArn);
    });
    expect(received).toMatchObject({ status: 'SUCCEEDED', output });
  } finally {
    for (const client of [s3, sqs, events, states]) {
      client.destroy();
    }
    await aws.close();
    rmSync(directory, { recursive: true });
  }
}, 60_000);

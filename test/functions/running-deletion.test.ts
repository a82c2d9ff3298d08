import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { provideAssembly } from '../../local/start/synthesize.ts';
import { type LocalAws, startLocalAws } from '../../local/up.ts';
import { createAwsCatalog } from '../../shared/adapters/aws/catalog.ts';
import { createAwsVault } from '../../shared/adapters/aws/vault.ts';
import { nextJournalEntry } from '../../shared/domain/journal.ts';
import { present } from '../adapters/support/line.ts';
import { waitUntil } from '../gateway/support/wait-until.ts';
import { ReclaimLine } from '../usecases/reclaim/reclaim-line.ts';

// The template as it would be deployed, its roles and the bucket's policy among it: what reclaim and audit need they may.

const directory = mkdtempSync(join(tmpdir(), 'holdfast-deletion-'));
let aws: LocalAws;
let clients: { dynamodb: DynamoDBClient; s3: S3Client; sfn: SFNClient };
let line: ReclaimLine;

beforeAll(async () => {
  const assemblyDirectory = join(directory, 'assembly');
  await provideAssembly(assemblyDirectory, () => {});
  aws = await startLocalAws({ assemblyDirectory, dataDirectory: join(directory, 'aws') });
  const { accessKeyId, secretAccessKey } = aws.adminCredential;
  const settings = { region: aws.region, credentials: { accessKeyId, secretAccessKey } };
  const { dynamodb, s3, stepfunctions } = aws.endpoints;
  clients = {
    dynamodb: new DynamoDBClient({ ...settings, endpoint: dynamodb }),
    s3: new S3Client({
      ...{ ...settings, endpoint: s3, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' },
    }),
    sfn: new SFNClient({ ...settings, endpoint: stepfunctions }),
  };
  const nameOf = (type: string) => present(aws.resources.find((resource) => resource.type === type)).name;
  line = await ReclaimLine.make({
    catalog: createAwsCatalog({
      client: clients.dynamodb,
      tableName: nameOf('AWS::DynamoDB::GlobalTable'),
    }),
    vault: createAwsVault({ client: clients.s3, bucketName: nameOf('AWS::S3::Bucket') }),
  });
}, 180_000);
afterAll(async () => {
  for (const client of Object.values(clients ?? {})) client.destroy();
  await aws?.close();
  rmSync(directory, { recursive: true, force: true });
});

async function run(name: 'reclaim' | 'audit') {
  const machine = aws.resources.find(
    (resource) => resource.type === 'AWS::StepFunctions::StateMachine' && resource.name.endsWith(name),
  );
  const scheduledAt = new Date().toISOString();
  const input = JSON.stringify({ scheduledAt });
  const started = await clients.sfn.send(
    new StartExecutionCommand({ stateMachineArn: present(machine).ref, input }),
  );
  let execution = await clients.sfn.send(
    new DescribeExecutionCommand({ executionArn: started.executionArn }),
  );
  await waitUntil(`the end of ${name}`, async () => {
    execution = await clients.sfn.send(new DescribeExecutionCommand({ executionArn: started.executionArn }));
    return execution.status !== 'RUNNING';
  });
  return execution;
}

it('reclaims a point that expired long ago, by the roles and the policy of the template', async () => {
  const first = await line.add(2);
  await line.add(1, ({ number }) => number === 1);
  const mount = await line.mount();
  const event = { at: line.clock.now(), kind: 'mount-policy-changed', data: {} };
  const entry = nextJournalEntry(mount.mountId, mount.journal, event);
  await line.catalog.mounts.change(mount, { ...mount, policy: { floor: 1 } }, entry);
  await line.mark(first);

  expect(await run('reclaim')).toMatchObject({ status: 'SUCCEEDED' });

  expect((await line.find(first.recoveryPointId)).state).toBe('tombstone');
  expect(new Set(await line.keys())).toEqual(await line.marked());
  expect(await run('audit')).toMatchObject({ status: 'SUCCEEDED' });
}, 60_000);

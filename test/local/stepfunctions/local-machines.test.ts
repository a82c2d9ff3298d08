import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { SCHEMA_STEPS } from '../../../local/stepfunctions/store/schema.ts';
import { Store } from '../../../local/stepfunctions/store/store.ts';
import { openLocal, ROLE_ARN } from './harness.ts';

const pass = (Output: unknown) =>
  JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Only',
    States: { Only: { Type: 'Pass', Output, End: true } },
  });

describe('state machines of a template and of the API', () => {
  it('live together: the template wins over what the API made of its machine', async () => {
    await using local = await openLocal();
    const { client } = local.workflows;
    const put = () =>
      local.service.putStateMachine({ name: 'shared', definition: pass('template'), roleArn: ROLE_ARN });
    await client.send(
      new CreateStateMachineCommand({ name: 'shared', definition: pass('api'), roleArn: ROLE_ARN }),
    );

    const stateMachineArn = put();

    expect((await local.workflows.ended(await local.workflows.start(stateMachineArn))).output).toBe(
      '"template"',
    );
    await client.send(new UpdateStateMachineCommand({ stateMachineArn, definition: pass('api') }));
    put();
    const described = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(described.definition).toBe(pass('template'));
    put();
    expect((await client.send(new DescribeStateMachineCommand({ stateMachineArn }))).revisionId).toBe(
      described.revisionId,
    );
  });

  it('come back when the template has them, even while their deletion waits for an execution', async () => {
    await using local = await openLocal();
    const { workflows } = local;
    const States = { Pause: { Type: 'Wait', Seconds: 5, Next: 'After' }, After: { Type: 'Succeed' } };
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Pause', States });
    const put = () => local.service.putStateMachine({ name: 'shared', definition, roleArn: ROLE_ARN });
    const stateMachineArn = put();
    const executionArn = await workflows.start(stateMachineArn);
    await workflows.reached(executionArn, 'WaitStateEntered');

    await workflows.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
    put();
    local.time.advance(5);

    expect((await workflows.ended(executionArn)).status).toBe('SUCCEEDED');
    expect((await workflows.client.send(new DescribeStateMachineCommand({ stateMachineArn }))).status).toBe(
      'ACTIVE',
    );
  });

  it('are still there after a restart, and what was being deleted is still being deleted', async () => {
    await using local = await openLocal();
    const States = { Pause: { Type: 'Wait', Seconds: 5, Next: 'After' }, After: { Type: 'Succeed' } };
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Pause', States });
    const create = async (name: string) => {
      const command = new CreateStateMachineCommand({ name, definition, roleArn: ROLE_ARN });
      return (await local.workflows.client.send(command)).stateMachineArn ?? '';
    };
    const kept = await create('kept');
    const stateMachineArn = await create('deleted');
    const executionArn = await local.workflows.start(stateMachineArn);
    await local.workflows.reached(executionArn, 'WaitStateEntered');
    await local.workflows.client.send(new DeleteStateMachineCommand({ stateMachineArn }));

    await local.restart();
    const describeMachine = (arn: string) =>
      local.workflows.client.send(new DescribeStateMachineCommand({ stateMachineArn: arn }));

    expect((await describeMachine(kept)).status).toBe('ACTIVE');
    expect((await describeMachine(stateMachineArn)).status).toBe('DELETING');
    local.time.advance(5);
    expect((await local.workflows.ended(executionArn)).status).toBe('ABORTED');
    await expect(describeMachine(stateMachineArn)).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
  });

  it.each([
    ['EXPRESS machines', { type: 'EXPRESS' as const }, 'StateMachineTypeNotSupported', 'use STANDARD'],
    ['versions', { publish: true }, 'ValidationException', 'Versions are not supported locally'],
    [
      'keys of the customer',
      { encryptionConfiguration: { type: 'CUSTOMER_MANAGED_KMS_KEY' as const, kmsKeyId: 'k' } },
      'ValidationException',
      'Only AWS_OWNED_KEY is supported locally',
    ],
  ])('are refused by name with %s', async (_title, fields, name, message) => {
    await using local = await openLocal();
    const command = new CreateStateMachineCommand({
      name: 'refused',
      definition: pass(1),
      roleArn: ROLE_ARN,
      ...fields,
    });

    await expect(local.workflows.client.send(command)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message),
    });
  });

  it('are not validated as EXPRESS, which they could not be', async () => {
    await using local = await openLocal();
    const command = new ValidateStateMachineDefinitionCommand({ definition: pass(1), type: 'EXPRESS' });

    await expect(local.workflows.client.send(command)).rejects.toMatchObject({
      name: 'StateMachineTypeNotSupported',
    });
  });
});

describe('the store', () => {
  it('of the first release is brought up to date when it is opened', () => {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-stepfunctions-schema-'));
    const old = new DatabaseSync(join(directory, 'stepfunctions.sqlite'));
    old.exec(SCHEMA_STEPS[0] ?? '');
    const arn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:old';
    old.prepare('INSERT INTO definitions (hash, text) VALUES (?, ?)').run('h', pass(1));
    old
      .prepare(
        'INSERT INTO machines (arn, name, definition_hash, role_arn, created_at) VALUES (?, ?, ?, ?, ?)',
      )
      .run(arn, 'old', 'h', ROLE_ARN, 5);
    old.close();

    for (let openings = 0; openings < 2; openings++) {
      const store = new Store(directory);
      expect(store.machines.find(arn)).toMatchObject({
        name: 'old',
        status: 'ACTIVE',
        updatedAt: 5,
        revisionId: null,
      });
      store.close();
    }
    rmSync(directory, { recursive: true });
  });

  it('of a later release is refused', () => {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-stepfunctions-schema-'));
    const later = new DatabaseSync(join(directory, 'stepfunctions.sqlite'));
    later.exec('PRAGMA user_version = 99');
    later.close();

    expect(() => new Store(directory)).toThrow('has schema 99, but this release knows only');
    rmSync(directory, { recursive: true });
  });
});

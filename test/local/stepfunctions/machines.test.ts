import {
  CreateStateMachineCommand,
  type CreateStateMachineCommandInput,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  ListStateMachinesCommand,
  ListTagsForResourceCommand,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateStateMachineCommand,
  type UpdateStateMachineCommandInput,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContractTarget, openContractTarget, ROLE_ARN, until, type Workflows } from './harness.ts';

const OTHER_ROLE_ARN = ROLE_ARN.replace(/[^/]+$/, 'other');
const pass = (Output: unknown) =>
  JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Only',
    States: { Only: { Type: 'Pass', Output, End: true } },
  });
const pause = (Seconds: number) =>
  JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Pause',
    States: { Pause: { Type: 'Wait', Seconds, Next: 'After' }, After: { Type: 'Succeed' } },
  });

describe('state machines made through the API', () => {
  let target: ContractTarget;
  let workflows: Workflows;
  let made = 0;
  beforeAll(async () => {
    target = await openContractTarget();
    workflows = target.workflows;
  });
  afterAll(() => target[Symbol.asyncDispose]());

  const request = (fields: Partial<CreateStateMachineCommandInput> = {}) => ({
    name: `made-${Date.now()}-${made++}`,
    definition: pass(1),
    roleArn: ROLE_ARN,
    ...fields,
  });
  const create = async (input: CreateStateMachineCommandInput) =>
    workflows.client.send(new CreateStateMachineCommand(input));
  const describeMachine = (stateMachineArn?: string) =>
    workflows.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const remove = (stateMachineArn?: string) =>
    workflows.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
  const update = (fields: Partial<UpdateStateMachineCommandInput>) =>
    workflows.client.send(
      new UpdateStateMachineCommand({ ...fields, stateMachineArn: fields.stateMachineArn }),
    );

  describe('CreateStateMachine', () => {
    it('makes a machine that can be described and run', async () => {
      const input = request();

      const { stateMachineArn = '', creationDate } = await create(input);

      expect(stateMachineArn).toMatch(new RegExp(`:stateMachine:${input.name}$`));
      expect(await describeMachine(stateMachineArn)).toMatchObject({
        stateMachineArn,
        name: input.name,
        status: 'ACTIVE',
        type: 'STANDARD',
        definition: input.definition,
        roleArn: ROLE_ARN,
        creationDate,
        loggingConfiguration: { level: 'OFF', includeExecutionData: false },
        tracingConfiguration: { enabled: false },
      });
      expect((await workflows.ended(await workflows.start(stateMachineArn))).output).toBe('1');
    });

    it('gives the same machine for the same request, whatever role and tags it names', async () => {
      const input = request({ tags: [{ key: 'a', value: '1' }] });
      const first = await create(input);

      const second = await create({ ...input, roleArn: OTHER_ROLE_ARN, tags: [{ key: 'b', value: '2' }] });

      expect(second.stateMachineArn).toBe(first.stateMachineArn);
      expect(second.creationDate).toEqual(first.creationDate);
      expect((await describeMachine(first.stateMachineArn)).roleArn).toBe(ROLE_ARN);
      const { tags } = await workflows.client.send(
        new ListTagsForResourceCommand({ resourceArn: first.stateMachineArn }),
      );
      expect(tags).toEqual([{ key: 'a', value: '1' }]);
    });

    it.each<[string, Partial<CreateStateMachineCommandInput>]>([
      ['another definition', { definition: pass(2) }],
      ['the same definition in another format', { definition: JSON.stringify(JSON.parse(pass(1)), null, 2) }],
      ['another configuration', { tracingConfiguration: { enabled: true } }],
    ])('refuses a name that is taken by a machine with %s', async (_title, fields) => {
      const input = request();
      const { stateMachineArn } = await create(input);

      await expect(create({ ...input, ...fields })).rejects.toMatchObject({
        name: 'StateMachineAlreadyExists',
        message: `State Machine Already Exists: '${stateMachineArn}'`,
      });
    });

    it.each<[string, Partial<CreateStateMachineCommandInput>, string, string]>([
      [
        'a definition without states',
        { definition: '{"QueryLanguage":"JSONata","StartAt":"A"}' },
        'InvalidDefinition',
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'",
      ],
      ['text that is no JSON', { definition: '{' }, 'InvalidDefinition', 'INVALID_JSON_DESCRIPTION'],
      ['a bad name', { name: 'a b' }, 'InvalidName', "Invalid Name: 'a b'"],
      ['a long name', { name: 'x'.repeat(81) }, 'ValidationException', "at 'name'"],
      ['something that is no role', { roleArn: 'arn:aws:s3:::bucket' }, 'InvalidArn', 'Invalid Arn'],
      [
        'logs without a place to go',
        { loggingConfiguration: { level: 'ALL' } },
        'InvalidLoggingConfiguration',
        'Log Destination',
      ],
    ])('refuses %s', async (_title, fields, name, message) => {
      await expect(create(request(fields))).rejects.toMatchObject({
        name,
        message: expect.stringContaining(message),
      });
    });

    it('keeps what is said of logs and traces', async () => {
      const loggingConfiguration = {
        level: 'ERROR' as const,
        includeExecutionData: true,
        destinations: [
          {
            cloudWatchLogsLogGroup: {
              logGroupArn: 'arn:aws:logs:eu-central-1:000000000000:log-group:states:*',
            },
          },
        ],
      };
      const input = request({ loggingConfiguration, tracingConfiguration: { enabled: true } });

      const { stateMachineArn } = await create(input);

      expect(await describeMachine(stateMachineArn)).toMatchObject({
        loggingConfiguration,
        tracingConfiguration: { enabled: true },
      });
    });
  });

  describe('UpdateStateMachine', () => {
    it('changes definition and role, and names the revision', async () => {
      const { stateMachineArn = '' } = await create(request());
      expect((await describeMachine(stateMachineArn)).revisionId).toBeUndefined();

      const first = await update({ stateMachineArn, definition: pass(2) });
      const second = await update({ stateMachineArn, roleArn: OTHER_ROLE_ARN });

      expect(second.revisionId).not.toBe(first.revisionId);
      expect(await describeMachine(stateMachineArn)).toMatchObject({
        definition: pass(2),
        roleArn: OTHER_ROLE_ARN,
        revisionId: second.revisionId,
      });
      expect((await workflows.ended(await workflows.start(stateMachineArn))).output).toBe('2');
    });

    it('makes no revision where nothing changes', async () => {
      const { stateMachineArn } = await create(request());
      const first = await update({ stateMachineArn, definition: pass(2) });

      const second = await update({ stateMachineArn, definition: pass(2), roleArn: ROLE_ARN });

      expect(second.revisionId).toBe(first.revisionId);
    });

    it('leaves running executions with the definition that they were started with', async () => {
      const { stateMachineArn = '' } = await create(request({ definition: pause(2) }));
      const executionArn = await workflows.start(stateMachineArn);
      await workflows.reached(executionArn, 'WaitStateEntered');

      const { revisionId } = await update({ stateMachineArn, definition: pass(2) });
      const machine = await workflows.client.send(
        new DescribeStateMachineForExecutionCommand({ executionArn }),
      );
      await target.pass(2);

      expect(machine).toMatchObject({ stateMachineArn, definition: pause(2), roleArn: ROLE_ARN });
      expect(machine.revisionId).not.toBe(revisionId);
      expect(await workflows.ended(executionArn)).toMatchObject({ output: '{}' });
    });

    it.each<[string, object, string]>([
      ['nothing to change', {}, 'MissingRequiredParameter'],
      ['a bad definition', { definition: '{}' }, 'InvalidDefinition'],
      ['something that is no role', { roleArn: 'arn:aws:s3:::bucket' }, 'InvalidArn'],
    ])('refuses %s', async (_title, fields, name) => {
      const { stateMachineArn } = await create(request());

      await expect(update({ stateMachineArn, ...fields })).rejects.toMatchObject({ name });
    });

    it('does not know a machine that is not there', async () => {
      const { stateMachineArn } = await create(request());

      await expect(
        update({ stateMachineArn: `${stateMachineArn}-other`, definition: pass(2) }),
      ).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
    });
  });

  describe('DeleteStateMachine', () => {
    it('removes a machine, also twice', async () => {
      const { stateMachineArn } = await create(request());

      await remove(stateMachineArn);
      await remove(stateMachineArn);

      await until('the end of the machine', () =>
        describeMachine(stateMachineArn).then(
          () => false,
          (error: Error) => error.name === 'StateMachineDoesNotExist',
        ),
      );
      await expect(
        workflows.client.send(new StartExecutionCommand({ stateMachineArn })),
      ).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
    });

    it('waits for executions, which end where they would enter their next state', async () => {
      const input = request({ definition: pause(2) });
      const { stateMachineArn = '' } = await create(input);
      const executionArn = await workflows.start(stateMachineArn);
      await workflows.reached(executionArn, 'WaitStateEntered');

      await remove(stateMachineArn);

      expect((await describeMachine(stateMachineArn)).status).toBe('DELETING');
      const deleting = { name: 'StateMachineDeleting' };
      await expect(workflows.start(stateMachineArn)).rejects.toMatchObject(deleting);
      await expect(create(input)).rejects.toMatchObject(deleting);
      await expect(update({ stateMachineArn, definition: pass(2) })).rejects.toMatchObject(deleting);
      await target.pass(2);
      expect((await workflows.ended(executionArn)).status).toBe('ABORTED');
      expect(await workflows.eventTypes(executionArn)).toEqual([
        'ExecutionStarted',
        'WaitStateEntered',
        'WaitStateExited',
        'ExecutionAborted',
      ]);
      await until('the end of the machine', () =>
        describeMachine(stateMachineArn).then(
          () => false,
          (error: Error) => error.name === 'StateMachineDoesNotExist',
        ),
      );
      expect((await create(input)).stateMachineArn).toBe(stateMachineArn);
    });

    it('refuses what is no state machine', async () => {
      await expect(remove('not-an-arn')).rejects.toMatchObject({
        name: 'InvalidArn',
        message: "Invalid Arn: 'Invalid ARN prefix: not-an-arn'",
      });
    });
  });

  describe('tags', () => {
    it('are added, replaced and taken away', async () => {
      const { stateMachineArn: resourceArn } = await create(request({ tags: [{ key: 'a', value: '1' }] }));
      const list = async () =>
        (await workflows.client.send(new ListTagsForResourceCommand({ resourceArn }))).tags;

      await workflows.client.send(
        new TagResourceCommand({
          resourceArn,
          tags: [
            { key: 'a', value: '2' },
            { key: 'b', value: '' },
          ],
        }),
      );
      expect(await list()).toEqual([
        { key: 'a', value: '2' },
        { key: 'b', value: '' },
      ]);
      await workflows.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a', 'none'] }));

      expect(await list()).toEqual([{ key: 'b', value: '' }]);
    });

    it('are at most fifty', async () => {
      const { stateMachineArn: resourceArn } = await create(request());
      const tags = Array.from({ length: 51 }, (_, index) => ({ key: `k${index}`, value: '' }));

      await expect(
        workflows.client.send(new TagResourceCommand({ resourceArn, tags })),
      ).rejects.toMatchObject({ name: 'TooManyTags' });
    });

    it('need a machine', async () => {
      const { stateMachineArn } = await create(request());

      await expect(
        workflows.client.send(new ListTagsForResourceCommand({ resourceArn: `${stateMachineArn}-none` })),
      ).rejects.toMatchObject({ name: 'ResourceNotFound' });
    });
  });

  it('are listed page by page in the order of their names', async () => {
    const names: string[] = [];
    for (let count = 0; count < 3; count++) {
      const input = request();
      names.push(String(input.name));
      await create(input);
    }

    const listed: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await workflows.client.send(
        new ListStateMachinesCommand({ maxResults: 2, ...(nextToken && { nextToken }) }),
      );
      listed.push(...(page.stateMachines ?? []).map(({ name }) => name));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);

    expect(listed.filter((name) => names.includes(name ?? ''))).toEqual([...names].sort());
  });

  it('cannot be started synchronously, as they are STANDARD', async () => {
    const { stateMachineArn = '' } = await create(request());

    await expect(
      workflows.client.send(new StartSyncExecutionCommand({ stateMachineArn })),
    ).rejects.toMatchObject({
      name: 'StateMachineTypeNotSupported',
      message: 'This operation is not supported by this type of state machine',
    });
  });

  describe('ValidateStateMachineDefinition', () => {
    const validate = (fields: { definition: string; maxResults?: number }) =>
      workflows.client.send(new ValidateStateMachineDefinitionCommand(fields));

    it('finds nothing wrong with what can be made', async () => {
      expect(await validate({ definition: pass(1) })).toMatchObject({
        result: 'OK',
        diagnostics: [],
        truncated: false,
      });
    });

    it('names every problem with its place', async () => {
      const States = { Only: { Type: 'Pass', QueryLanguage: 'JSONPath', End: true } };
      const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Only', States });

      expect(await validate({ definition })).toMatchObject({
        result: 'FAIL',
        diagnostics: [
          {
            severity: 'ERROR',
            code: 'SCHEMA_VALIDATION_FAILED',
            location: '/States/Only',
            message: "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
          },
        ],
      });
    });

    it('says when it has more to say', async () => {
      const States = { A: { Type: 'Pass', End: true, X: 1, Y: 2 } };
      const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'A', States });

      const { diagnostics, truncated } = await validate({ definition, maxResults: 1 });

      expect([diagnostics?.length, truncated]).toEqual([1, true]);
    });

    it('takes text that is no definition at all', async () => {
      expect(await validate({ definition: 'not a definition' })).toMatchObject({
        result: 'FAIL',
        diagnostics: [{ code: 'INVALID_JSON_DESCRIPTION' }],
      });
    });
  });
});

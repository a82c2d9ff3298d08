import {
  CreateActivityCommand,
  ListStateMachinesCommand,
  PublishStateMachineVersionCommand,
  RedriveExecutionCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
  TestStateCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { openLocal, ROLE_ARN } from './harness.ts';

const pass = { Only: { Type: 'Pass', End: true } };

describe('the local service', () => {
  it.each([
    [
      new RedriveExecutionCommand({ executionArn: 'arn:aws:states:eu-central-1:000000000000:execution:m:e' }),
      'start a new execution instead',
    ],
    [new CreateActivityCommand({ name: 'a' }), 'use a Task with a task token'],
    [new PublishStateMachineVersionCommand({ stateMachineArn: 'arn' }), 'use the ARN of the state machine'],
    [new TestStateCommand({ definition: '{}' }), 'start an execution instead'],
  ] as [Parameters<SFNClient['send']>[0], string][])(
    'answers operations of AWS that it does not have with what to do instead: %#',
    async (command, advice) => {
      await using local = await openLocal();

      await expect(local.workflows.client.send(command)).rejects.toMatchObject({
        name: 'UnknownOperationException',
        message: expect.stringContaining(advice),
      });
    },
  );

  it('refuses request fields that it does not know, by name', async () => {
    await using local = await openLocal();
    const stateMachineArn = await local.workflows.create(pass);
    const command = new StartExecutionCommand({ stateMachineArn, traceHeader: 'Root=1' });

    await expect(local.workflows.client.send(command)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('traceHeader'),
    });
  });

  it('asks who calls before it does anything, and answers with the refusal', async () => {
    const seen: string[] = [];
    await using local = await openLocal({
      authenticate: ({ method, url, headers, body }) => {
        seen.push(`${method} ${url} ${headers['x-amz-target']} ${body}`);
        throw Object.assign(new Error('unknown key'), { name: 'UnrecognizedClientException' });
      },
    });

    await expect(local.workflows.client.send(new ListStateMachinesCommand({}))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      message: 'unknown key',
      $metadata: { httpStatusCode: 400 },
    });
    expect(seen).toEqual(['POST / AWSStepFunctions.ListStateMachines {}']);
  });

  it.each([
    [
      'text that is no JSON',
      { 'x-amz-target': 'AWSStepFunctions.ListStateMachines' },
      '{',
      400,
      'SerializationException',
    ],
    ['no target', {}, '{}', 400, 'UnknownOperationException'],
    [
      'a target of an object',
      { 'x-amz-target': 'AWSStepFunctions.toString' },
      '{}',
      400,
      'UnknownOperationException',
    ],
    [
      'too large',
      { 'x-amz-target': 'AWSStepFunctions.X' },
      'x'.repeat(1_048_577),
      413,
      'RequestEntityTooLarge',
    ],
  ])('refuses a request with %s', async (_title, headers, body, status, name) => {
    await using local = await openLocal();

    const response = await fetch(local.service.endpoint, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body,
    });

    expect(response.status).toBe(status);
    expect(((await response.json()) as { __type: string }).__type).toContain(name);
  });

  it('replaces a definition, while running executions keep theirs', async () => {
    await using local = await openLocal();
    const { service, workflows, time } = local;
    const put = (Output: number) => {
      const States = { Pause: { Type: 'Wait', Seconds: 5, Output, End: true } };
      const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Pause', States });
      return service.putStateMachine({ name: 'replaced', definition, roleArn: ROLE_ARN });
    };
    const machine = put(1);
    const before = await workflows.start(machine);
    await workflows.reached(before, 'WaitStateEntered');

    expect(put(2)).toBe(machine);
    const after = await workflows.start(machine);
    await workflows.reached(after, 'WaitStateEntered');
    time.advance(5);

    expect((await workflows.ended(before)).output).toBe('1');
    expect((await workflows.ended(after)).output).toBe('2');
  });

  it('starts executions for other local services, with the same errors', async () => {
    await using local = await openLocal();
    const machine = await local.workflows.create(pass);

    const { executionArn } = local.service.startExecution(machine, 'by-rule', '{"a":1}');

    expect(await local.workflows.ended(executionArn)).toMatchObject({ output: '{"a":1}' });
    expect(() => local.service.startExecution(`${machine}x`, undefined, '{}')).toThrow(
      'State Machine Does Not Exist',
    );
  });

  it('stops a workflow that loops without ever waiting', async () => {
    await using local = await openLocal();
    const { workflows } = local;
    const executionArn = await workflows.start(
      await workflows.create({
        Loop: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Loop' }], Default: 'End' },
        End: { Type: 'Succeed' },
      }),
    );
    await workflows.reached(executionArn, 'ChoiceStateExited', 10);

    await workflows.client.send(new StopExecutionCommand({ executionArn }));

    expect((await workflows.describe(executionArn)).status).toBe('ABORTED');
  });
});

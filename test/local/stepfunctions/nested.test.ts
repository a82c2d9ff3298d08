import { ListExecutionsCommand, SendTaskSuccessCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContractTarget, openContractTarget, openLocal, until, type Workflows } from './harness.ts';

const start = (suffix: string, fields: object = {}) => ({
  Start: {
    Type: 'Task',
    Resource: `arn:aws:states:::states:startExecution${suffix}`,
    Arguments: { StateMachineArn: '{% $states.input.machine %}', Input: '{% $states.input.input %}' },
    End: true,
    ...fields,
  },
});
const double = { Double: { Type: 'Pass', Output: '{% $states.input * 2 %}', End: true } };
const pause = { Pause: { Type: 'Wait', Seconds: 9999, End: true } };
const broken = { Broken: { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' } };

describe('a Task that starts an execution', () => {
  let target: ContractTarget;
  let workflows: Workflows;
  beforeAll(async () => {
    target = await openContractTarget();
    workflows = target.workflows;
  });
  afterAll(() => target[Symbol.asyncDispose]());

  const executionsOf = async (stateMachineArn: string) =>
    (await workflows.client.send(new ListExecutionsCommand({ stateMachineArn }))).executions ?? [];

  it('goes on at once, with the ARN of what it started', async () => {
    const machine = await workflows.create(pause);

    const execution = await workflows.run(start(''), { machine, input: { a: 1 } });

    const [nested] = await executionsOf(machine);
    const output = JSON.parse(execution.output ?? '') as Record<string, unknown>;
    expect(output).toMatchObject({
      ExecutionArn: nested?.executionArn,
      StartDate: expect.any(Number),
      SdkHttpMetadata: { HttpStatusCode: 200 },
    });
    expect(await workflows.describe(nested?.executionArn ?? '')).toMatchObject({
      status: 'RUNNING',
      input: '{"a":1}',
    });
    const history = await workflows.history(execution.executionArn ?? '');
    expect(history.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(history[2]?.taskScheduledEventDetails).toMatchObject({
      resourceType: 'states',
      resource: 'startExecution',
      parameters: JSON.stringify({ StateMachineArn: machine, Input: { a: 1 } }),
    });
  });

  it('waits for its end with .sync:2, and has its output as JSON', async () => {
    const machine = await workflows.create(double);
    const states = start('.sync:2', { Output: '{% $states.result %}' });

    const execution = await workflows.run(states, { machine, input: 21 });

    expect(JSON.parse(execution.output ?? '')).toMatchObject({
      Input: 21,
      InputDetails: { Included: true },
      Output: 42,
      OutputDetails: { Included: true },
      Status: 'SUCCEEDED',
      StateMachineArn: machine,
      StartDate: expect.any(Number),
      StopDate: expect.any(Number),
    });
    const history = await workflows.history(execution.executionArn ?? '');
    expect(history.slice(2, -2).map(({ type }) => type)).toEqual([
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
    ]);
    expect(history[4]?.taskSubmittedEventDetails?.resource).toBe('startExecution.sync:2');
  });

  it('fails with States.TaskFailed when what it waits for fails', async () => {
    const machine = await workflows.create(broken);
    const states = {
      ...start('.sync:2', {
        Catch: [
          {
            ErrorEquals: ['States.TaskFailed'],
            Output: '{% $parse($states.errorOutput.Cause) %}',
            Next: 'Note',
          },
        ],
      }),
      Note: { Type: 'Pass', End: true },
    };

    const cause = await workflows.output(states, { machine, input: {} });

    expect(cause).toMatchObject({
      Status: 'FAILED',
      Error: 'Broken',
      Cause: 'on purpose',
      Input: '{}',
      StateMachineArn: machine,
    });
  });

  it('waits for what is already running under the same name', async () => {
    const machine = await workflows.create({ Pause: { Type: 'Wait', Seconds: 2, Output: 1, End: true } });
    const states = start('.sync:2', {
      Arguments: { StateMachineArn: machine, Name: 'same', Input: {} },
      Output: '{% $states.result.Output %}',
    });
    const first = await workflows.start(await workflows.create(states));
    const second = await workflows.start(await workflows.create(states));
    await workflows.reached(first, 'TaskSubmitted');
    await workflows.reached(second, 'TaskSubmitted');

    await target.pass(2);

    expect((await workflows.ended(first)).output).toBe('1');
    expect((await workflows.ended(second)).output).toBe('1');
    expect(await executionsOf(machine)).toHaveLength(1);
  });

  it.each([
    [
      'a machine that is not there',
      (machine: string) => ({ StateMachineArn: `${machine}-other` }),
      'StateMachineDoesNotExist',
    ],
    ['a bad name', (machine: string) => ({ StateMachineArn: machine, Name: 'a b' }), 'InvalidName'],
    [
      'an input that is no JSON',
      (machine: string) => ({ StateMachineArn: machine, Input: '{' }),
      'InvalidExecutionInput',
    ],
  ])('fails for %s as the API would', async (_title, makeArguments, name) => {
    const machine = await workflows.create(pause);

    const execution = await workflows.run(start('', { Arguments: makeArguments(machine) }));

    expect(execution).toMatchObject({ status: 'FAILED', error: `StepFunctions.${name}Exception` });
    expect(execution.cause).toMatch(
      new RegExp(`\\(Service: AWSStepFunctions; Status Code: 400; Error Code: ${name}; Request ID: .*\\)$`),
    );
    expect((await workflows.eventTypes(execution.executionArn ?? '')).slice(-2)).toEqual([
      'TaskFailed',
      'ExecutionFailed',
    ]);
  });

  it('fails for a name that was used before', async () => {
    const machine = await workflows.create(double);
    const states = start('', { Arguments: { StateMachineArn: machine, Name: 'once', Input: '1' } });
    await workflows.run(states);
    await until('the end of the first', async () => (await executionsOf(machine))[0]?.status === 'SUCCEEDED');

    expect((await workflows.run(states)).error).toBe('StepFunctions.ExecutionAlreadyExistsException');
  });

  it('stops what it waits for when it is stopped itself', async () => {
    const machine = await workflows.create(pause);
    const executionArn = await workflows.start(await workflows.create(start('.sync:2')), {
      machine,
      input: {},
    });
    await workflows.reached(executionArn, 'TaskSubmitted');

    await workflows.client.send(new StopExecutionCommand({ executionArn }));

    await until('the stop of the nested execution', async () => {
      return (await executionsOf(machine))[0]?.status === 'ABORTED';
    });
  });

  it('stops what it waits for when its time is up, or when a branch beside it fails', async () => {
    const machine = await workflows.create(pause);
    const { Start } = start('.sync:2', { Arguments: { StateMachineArn: machine } });
    const late = await workflows.start(await workflows.create({ Start: { ...Start, TimeoutSeconds: 2 } }));
    const Branches = [
      { StartAt: 'Start', States: { Start } },
      {
        StartAt: 'Pause',
        States: { Pause: { Type: 'Wait', Seconds: 2, Next: 'Broken' }, ...broken },
      },
    ];
    const beside = await workflows.start(
      await workflows.create({ Both: { Type: 'Parallel', Branches, End: true } }),
    );
    await workflows.reached(late, 'TaskSubmitted');
    await workflows.reached(beside, 'TaskSubmitted');
    await workflows.reached(beside, 'WaitStateEntered');

    await target.pass(2);

    expect(await workflows.ended(late)).toMatchObject({ error: 'States.Timeout' });
    expect(await workflows.ended(beside)).toMatchObject({ error: 'Broken' });
    await until('the stop of both nested executions', async () => {
      const statuses = (await executionsOf(machine)).map(({ status }) => status);
      return statuses.length === 2 && statuses.every((status) => status === 'ABORTED');
    });
  });
});

describe('a Task that starts an execution, here', () => {
  it('waits for a token that it hands to what it starts', async () => {
    await using local = await openLocal();
    const { workflows } = local;
    const machine = await workflows.create(pause);
    const states = start('.waitForTaskToken', {
      Arguments: { StateMachineArn: machine, Input: { token: '{% $states.context.Task.Token %}' } },
    });
    const executionArn = await workflows.start(await workflows.create(states));
    await workflows.reached(executionArn, 'TaskSubmitted');
    const { executions = [] } = await workflows.client.send(
      new ListExecutionsCommand({ stateMachineArn: machine }),
    );
    const nested = await workflows.describe(executions[0]?.executionArn ?? '');
    const { token: taskToken } = JSON.parse(nested.input ?? '') as { token: string };

    await workflows.client.send(new SendTaskSuccessCommand({ taskToken, output: '"done"' }));

    expect((await workflows.ended(executionArn)).output).toBe('"done"');
    expect((await workflows.describe(nested.executionArn ?? '')).status).toBe('RUNNING');
  });

  it('finds what another one starts under the same name at the same moment', async () => {
    await using local = await openLocal();
    const { workflows } = local;
    const machine = await workflows.create(pause);
    const Output = { started: '{% $states.result.ExecutionArn %}', by: ['{% $states.context.State.Name %}'] };
    const states = start('', { Arguments: { StateMachineArn: machine, Name: 'same' }, Output });
    const parent = await workflows.create(states);

    const starts = [1, 2, 3].map(() => local.service.startExecution(parent, undefined, '{}'));
    const ended = await Promise.all(starts.map(({ executionArn }) => workflows.ended(executionArn)));

    const nested = `${machine.replace(':stateMachine:', ':execution:')}:same`;
    expect(ended.map(({ output = '' }) => JSON.parse(output).started)).toEqual([nested, nested, nested]);
  });

  it('goes on after a restart with what it waits for, whether that ended meanwhile or not', async () => {
    await using local = await openLocal();
    const Pause = { Type: 'Wait', Seconds: 5, Output: 1, End: true };
    const machine = await local.workflows.create({ Pause });
    const states = start('.sync:2', {
      Arguments: { StateMachineArn: machine },
      Output: '{% $states.result.Output %}',
    });
    const executionArn = await local.workflows.start(await local.workflows.create(states));
    await local.workflows.reached(executionArn, 'TaskSubmitted');

    await local.restart();
    local.time.advance(5);

    expect((await local.workflows.ended(executionArn)).output).toBe('1');
    const { executions } = await local.workflows.client.send(
      new ListExecutionsCommand({ stateMachineArn: machine }),
    );
    expect(executions).toHaveLength(1);
  });

  it('fails without being scheduled when an expression gives an argument that is not known', async () => {
    await using local = await openLocal();
    const { workflows } = local;

    const execution = await workflows.run(start('', { Arguments: '{% $states.input %}' }), {
      StateMachineArn: 'x',
      Nmae: 'typo',
    });

    expect(execution).toMatchObject({ error: 'States.Runtime' });
    expect(execution.cause).toContain("The field 'Nmae' is not supported");
  });
});

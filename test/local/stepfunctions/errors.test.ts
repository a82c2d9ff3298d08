import { SendTaskFailureCommand, SendTaskHeartbeatCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import type { LocalCredential } from '../../../local/services.ts';
import { enforceRoles } from '../../../local/stepfunctions/role-access.ts';
import { each, same } from './distributed-states.ts';
import { type Handler, invokeWith } from './handlers.ts';
import { openLocal, ROLE_ARN, type TestService } from './harness.ts';

const invoke = (fields: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'work', Payload: '{% $states.input %}' },
  End: true,
  ...fields,
});
const refused = (name: string): Handler => {
  return () => {
    throw Object.assign(new Error('not run'), { name });
  };
};

/** Runs states that fail, once for each catcher, and says which of the names caught the failure. */
async function findCatching(
  local: TestService,
  states: (Catch: object[]) => Record<string, object>,
  names: readonly string[],
): Promise<string[]> {
  const catching: string[] = [];
  for (const name of names) {
    const Caught = { Type: 'Succeed' };
    const execution = await local.workflows.run({
      ...states([{ ErrorEquals: [name], Next: 'Caught' }]),
      Caught,
    });
    if (execution.status === 'SUCCEEDED') {
      catching.push(name);
    }
  }
  return catching;
}

describe('each error by its cause', () => {
  const wildcards = ['States.ALL', 'States.TaskFailed'];

  it('States.QueryEvaluationError: an expression that selects nothing', async () => {
    await using local = await openLocal({ functions: { work: () => 1 } });
    const states = (Catch: object[]) => ({ Work: invoke({ Output: '{% $states.result.none %}', Catch }) });
    const name = 'States.QueryEvaluationError';

    expect(await findCatching(local, states, [...wildcards, name])).toEqual([...wildcards, name]);
  });

  it('States.NoChoiceMatched: rules that do not hold, and no Default', async () => {
    await using local = await openLocal();
    const Choose = { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'Done' }] };
    const Branches = [{ StartAt: 'Choose', States: { Choose, Done: { Type: 'Succeed' } } }];
    const states = (Catch: object[]) => ({ Both: { Type: 'Parallel', Branches, End: true, Catch } });

    expect(await findCatching(local, states, ['States.NoChoiceMatched', 'States.BranchFailed'])).toEqual([
      'States.NoChoiceMatched',
    ]);
  });

  it('States.DataLimitExceeded: a result just under the limit, which grows over it at the border of the state', async () => {
    const payload = 'x'.repeat(262_144 - 2);
    const Resource = 'arn:aws:lambda:eu-central-1:000000000000:function:work';
    await using local = await openLocal({ functions: { [Resource]: () => payload } });
    const task = { Type: 'Task', Resource, Arguments: {}, End: true };

    const fitting = await local.workflows.run({ Work: task });
    const states = (Catch: object[]) => ({
      Work: { ...task, Output: { wrapped: '{% $states.result %}' }, Catch },
    });

    expect(fitting.status).toBe('SUCCEEDED');
    const name = 'States.DataLimitExceeded';
    expect(await findCatching(local, states, [...wildcards, name])).toEqual([name]);
    const uncaught = await local.workflows.run(states([{ ErrorEquals: ['States.ALL'], Next: 'Work' }]));
    expect(uncaught).toMatchObject({ status: 'FAILED', error: name });
    expect((await local.workflows.eventTypes(uncaught.executionArn ?? '')).slice(-3)).toEqual([
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'ExecutionFailed',
    ]);
  });

  it('States.DataLimitExceeded: items of a distributed Map that no child could take', async () => {
    await using local = await openLocal({ limits: { payloadBytes: 1000 } });
    const ItemSelector = "{% $pad('', 1001, 'x') %}";

    const execution = await local.workflows.run(each(same, { Items: [1], ItemSelector }));

    expect(execution.error).toBe('States.DataLimitExceeded');
    expect(await local.workflows.eventTypes(execution.executionArn ?? '')).not.toContain('MapRunStarted');
  });

  it('States.Runtime: arguments that name no function; nothing catches it', async () => {
    await using local = await openLocal();
    const states = (Catch: object[]) => ({ Work: invoke({ Arguments: '{% $states.input %}', Catch }) });

    expect(await findCatching(local, states, [...wildcards, 'States.Runtime'])).toEqual([]);
  });

  it.each([
    ['Lambda.ServiceException', refused('ServiceException')],
    ['Lambda.AWSLambdaException', refused('AWSLambdaException')],
    ['Lambda.TooManyRequestsException', refused('TooManyRequestsException')],
    ['Lambda.SdkClientException', refused('TypeError')],
  ])('%s: the service did not run the function', async (name, work) => {
    await using local = await openLocal({ invoke: async (_, payload) => work(payload) as never });
    const states = (Catch: object[]) => ({ Work: invoke({ Catch }) });

    expect(await findCatching(local, states, [...wildcards, name])).toEqual([...wildcards, name]);
  });

  it('Lambda.ResourceNotFoundException: a function that is not there', async () => {
    await using local = await openLocal();

    expect(await local.workflows.run({ Work: invoke() })).toMatchObject({
      error: 'Lambda.ResourceNotFoundException',
      cause: 'Function not found: work',
    });
  });

  it.each([
    ['Lambda.Unknown', '{"errorMessage":"exited"}'],
    [
      'Sandbox.Timedout',
      '{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 3.00 seconds"}',
    ],
    ['Runtime.OutOfMemory', '{"errorType":"Runtime.OutOfMemory","errorMessage":"signal: killed"}'],
  ])('%s: a function that ended before it answered', async (error, payload) => {
    await using local = await openLocal({ invoke: async () => ({ functionError: 'Unhandled', payload }) });

    expect(await local.workflows.run({ Work: invoke() })).toMatchObject({ error, cause: payload });
  });
});

describe('what the role of a state machine may not do', () => {
  const machine = (name: string) => `arn:aws:states:eu-central-1:000000000000:stateMachine:${name}`;
  const role: LocalCredential = {
    accessKeyId: 'AKIA',
    secretAccessKey: 'secret',
    principalArn: ROLE_ARN,
    policies: [
      {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'lambda:InvokeFunction',
            Resource: 'arn:aws:lambda:eu-central-1:000000000000:function:allowed',
          },
          {
            Effect: 'Allow',
            Action: 'events:PutEvents',
            Resource: 'arn:aws:events:eu-central-1:000000000000:event-bus/default',
          },
          {
            Effect: 'Allow',
            Action: 'states:StartExecution',
            Resource: [machine('allowed'), machine('maps-itself')],
          },
        ],
      },
    ],
  };
  const open = () =>
    openLocal({
      findRefusal: enforceRoles(new Map([[ROLE_ARN, role]])),
      invoke: invokeWith({
        allowed: () => 'ran',
        denied: () => 'ran',
        'arn:aws:lambda:eu-central-1:000000000000:function:denied': () => 'ran',
      }),
      putEvents: async () => ({ FailedEntryCount: 0, Entries: [] }),
    });
  const put = (local: TestService, name: string, States: Record<string, object>, roleArn = ROLE_ARN) => {
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(States)[0], States });
    return local.service.putStateMachine({ name, definition, roleArn });
  };
  const run = async (local: TestService, name: string, States: Record<string, object>, roleArn?: string) =>
    local.workflows.ended(await local.workflows.start(put(local, name, States, roleArn), [1]));

  const call = (name: string) => ({
    Work: invoke({ Arguments: { FunctionName: name }, Output: '{% $states.result.Payload %}' }),
  });
  const send = (bus: object) => ({
    Send: invoke({
      Resource: 'arn:aws:states:::events:putEvents',
      Arguments: { Entries: [{ Source: 's', DetailType: 't', Detail: {}, ...bus }] },
      Output: 'ran',
    }),
  });
  const start = (name: string) => ({
    Start: invoke({
      Resource: 'arn:aws:states:::states:startExecution',
      Arguments: { StateMachineArn: machine(name) },
      Output: 'ran',
    }),
  });

  it.each<[string, Record<string, object>, string, string]>([
    [
      'call a function',
      call('denied'),
      'Lambda.AWSLambdaException',
      'lambda:InvokeFunction on resource: arn:aws:lambda:eu-central-1:000000000000:function:denied',
    ],
    [
      'call a function by ARN',
      {
        Work: {
          Type: 'Task',
          Resource: 'arn:aws:lambda:eu-central-1:000000000000:function:denied',
          End: true,
        },
      },
      'Lambda.AWSLambdaException',
      'lambda:InvokeFunction',
    ],
    [
      'put events on a bus',
      send({ EventBusName: 'other' }),
      'EventBridge.AmazonEventBridgeException',
      'event-bus/other',
    ],
    [
      'start an execution',
      start('denied'),
      'StepFunctions.AWSStepFunctionsException',
      'states:StartExecution',
    ],
    ['start the children of its own Map', each(same), 'States.Permissions', 'stateMachine:tested'],
  ])('fails the task that would %s', async (_title, states, error, cause) => {
    await using local = await open();
    put(local, 'denied', { Only: { Type: 'Succeed' } });

    const execution = await run(local, 'tested', states);

    expect(execution).toMatchObject({ status: 'FAILED', error });
    expect(execution.cause).toContain(`User: ${ROLE_ARN} is not authorized to perform: `);
    expect(execution.cause).toContain(cause);
  });

  it('does not fail what it may do, nor what the role of nobody knows does', async () => {
    await using local = await open();
    put(local, 'allowed', { Only: { Type: 'Succeed' } });

    for (const states of [call('allowed'), send({}), start('allowed')]) {
      expect((await run(local, 'tested', states)).output).toBe('"ran"');
    }
    expect((await run(local, 'maps-itself', each(same))).output).toBe('[1]');
    const other = ROLE_ARN.replace(/[^/]+$/, 'other');
    expect((await run(local, 'tested', call('denied'), other)).output).toBe('"ran"');
  });
});

describe('the times of a task that waits for its token', () => {
  const tokens: string[] = [];
  const handOver = (fields: object) => ({
    Wait: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: 'hand-over', Payload: '{% $states.context.Task.Token %}' },
      End: true,
      ...fields,
    },
  });
  const open = () => openLocal({ functions: { 'hand-over': (token) => void tokens.push(String(token)) } });

  it.each([
    ['TimeoutSeconds', { TimeoutSeconds: '{% $states.input.seconds %}' }, ['States.Timeout']],
    [
      'HeartbeatSeconds',
      { TimeoutSeconds: 600, HeartbeatSeconds: '{% $states.input.seconds %}' },
      ['States.HeartbeatTimeout', 'States.Timeout'],
    ],
  ])('%s can come from an expression, and its end is caught by %j', async (_title, fields, names) => {
    await using local = await open();
    for (const name of ['States.Timeout', 'States.HeartbeatTimeout', 'States.TaskFailed', 'States.ALL']) {
      const machine = await local.workflows.create({
        ...handOver({ ...fields, Catch: [{ ErrorEquals: [name], Next: 'Caught' }] }),
        Caught: { Type: 'Succeed' },
      });
      const arn = await local.workflows.start(machine, { seconds: 30 });
      await local.workflows.reached(arn, 'TaskSubmitted');

      local.time.advance(29);
      expect((await local.workflows.describe(arn)).status).toBe('RUNNING');
      local.time.advance(1);

      const isCaught = name === 'States.ALL' || names.includes(name);
      expect((await local.workflows.ended(arn)).status).toBe(isCaught ? 'SUCCEEDED' : 'FAILED');
    }
  });

  it.each([
    ['zero', 0],
    ['a fraction', 1.5],
    ['text', '30'],
    ['too much', 100_000_000],
  ])('fail with States.QueryEvaluationError when an expression gives %s', async (_title, seconds) => {
    await using local = await open();

    const execution = await local.workflows.run(handOver({ TimeoutSeconds: '{% $states.input.seconds %}' }), {
      seconds,
    });

    expect(execution).toMatchObject({ error: 'States.QueryEvaluationError' });
    expect(execution.cause).toContain("The field 'TimeoutSeconds' must be an integer from 1 to 99999999");
  });

  it('goes on past the timeout when it is over by then, and a heartbeat does not move the timeout', async () => {
    await using local = await open();
    const machine = await local.workflows.create(handOver({ TimeoutSeconds: 60, HeartbeatSeconds: 40 }));
    const arn = await local.workflows.start(machine);
    await local.workflows.reached(arn, 'TaskSubmitted');
    const taskToken = tokens.at(-1);

    local.time.advance(39);
    await local.workflows.client.send(new SendTaskHeartbeatCommand({ taskToken }));
    local.time.advance(21);

    expect(await local.workflows.ended(arn)).toMatchObject({ error: 'States.Timeout' });
    await expect(
      local.workflows.client.send(new SendTaskFailureCommand({ taskToken, error: 'Late' })),
    ).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });
});

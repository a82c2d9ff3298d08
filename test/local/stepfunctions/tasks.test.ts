import { describe, expect, it } from 'vitest';
import type { Handler } from './handlers.ts';
import { openLocal } from './harness.ts';

const invoke = (fields: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'work', Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  End: true,
  ...fields,
});

const throwing = (name: string): Handler => {
  return () => {
    throw Object.assign(new Error('it went wrong'), { name });
  };
};

describe('a Task that invokes a function', () => {
  it('hands over its payload and takes the answer', async () => {
    await using local = await openLocal({ functions: { work: (payload) => ({ got: payload }) } });

    expect(await local.workflows.output({ Work: invoke() }, { a: 1 })).toEqual({ got: { a: 1 } });
  });

  it('gives the whole response of Invoke as its result', async () => {
    await using local = await openLocal({ functions: { work: () => 'answer' } });

    const output = await local.workflows.output({ Work: invoke({ Output: '{% $states.result %}' }) });

    expect(output).toMatchObject({
      ExecutedVersion: '$LATEST',
      Payload: 'answer',
      StatusCode: 200,
      SdkHttpMetadata: { HttpStatusCode: 200 },
    });
  });

  it('hands an empty object to a function when there is no Payload', async () => {
    await using local = await openLocal({ functions: { work: (payload) => payload } });

    const states = { Work: invoke({ Arguments: { FunctionName: 'work' } }) };

    expect(await local.workflows.output(states)).toEqual({});
  });

  it('takes a function ARN as its resource, with the arguments as payload', async () => {
    const Resource = 'arn:aws:lambda:eu-central-1:000000000000:function:work';
    await using local = await openLocal({ functions: { [Resource]: (payload) => ({ got: payload }) } });
    const { workflows } = local;
    const machine = await workflows.create({
      Work: { Type: 'Task', Resource, Arguments: { a: 1 }, End: true },
    });
    const arn = await workflows.start(machine);

    expect((await workflows.ended(arn)).output).toBe('{"got":{"a":1}}');
    expect(await workflows.eventTypes(arn)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('records what it schedules with its limits', async () => {
    await using local = await openLocal({ functions: { work: () => null } });
    const { workflows } = local;
    const state = invoke({ TimeoutSeconds: '{% 20 + 10 %}', HeartbeatSeconds: 10 });
    const arn = await workflows.start(await workflows.create({ Work: state }), { a: 1 });

    const { taskScheduledEventDetails } = await workflows.reached(arn, 'TaskScheduled');

    expect(taskScheduledEventDetails).toEqual({
      resourceType: 'lambda',
      resource: 'invoke',
      region: 'eu-central-1',
      parameters: '{"FunctionName":"work","Payload":{"a":1}}',
      timeoutInSeconds: 30,
      heartbeatInSeconds: 10,
    });
  });

  it("fails with the error's name, and the function's answer as its cause", async () => {
    await using local = await openLocal({ functions: { work: throwing('PACK_MISSING') } });

    const execution = await local.workflows.run({ Work: invoke() });

    expect(execution).toMatchObject({ status: 'FAILED', error: 'PACK_MISSING' });
    expect(JSON.parse(execution.cause ?? '')).toEqual({
      errorType: 'PACK_MISSING',
      errorMessage: 'it went wrong',
      trace: [],
    });
  });

  it.each([
    ['TooManyRequestsException', 'Lambda.TooManyRequestsException'],
    ['ServiceException', 'Lambda.ServiceException'],
    ['ResourceNotFoundException', 'Lambda.ResourceNotFoundException'],
    ['TypeError', 'Lambda.SdkClientException'],
  ])('names %s of the service %s', async (name, expected) => {
    const refusal = Object.assign(new Error('not run'), { name });
    await using local = await openLocal({ invoke: () => Promise.reject(refusal) });

    expect(await local.workflows.run({ Work: invoke() })).toMatchObject({
      error: expected,
      cause: 'not run',
    });
  });

  it('names a failure without errorType Lambda.Unknown', async () => {
    const payload = '{"errorMessage":"RequestId: 1 Process exited before completing request"}';
    await using local = await openLocal({ invoke: async () => ({ functionError: 'Unhandled', payload }) });

    expect(await local.workflows.run({ Work: invoke() })).toMatchObject({
      error: 'Lambda.Unknown',
      cause: payload,
    });
  });

  it('fails with States.Timeout and no cause when the function takes too long, and ignores its late answer', async () => {
    const late = Promise.withResolvers<unknown>();
    await using local = await openLocal({ functions: { work: () => late.promise } });
    const { workflows, time } = local;
    const arn = await workflows.start(await workflows.create({ Work: invoke({ TimeoutSeconds: 30 }) }));
    await workflows.reached(arn, 'TaskStarted');

    time.advance(30);
    const execution = await workflows.ended(arn);
    late.resolve('too late');

    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(execution.cause).toBeUndefined();
    expect((await workflows.eventTypes(arn)).slice(-2)).toEqual(['TaskTimedOut', 'ExecutionFailed']);
  });

  it('fails without being scheduled when its arguments name no function', async () => {
    await using local = await openLocal();

    const execution = await local.workflows.run({ Work: invoke({ Arguments: '{% $states.input %}' }) });

    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(execution.cause).toContain("The field 'FunctionName' is required");
  });
});

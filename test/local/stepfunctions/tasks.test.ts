import { describe, expect, it } from 'vitest';
import { type Handler, openLocal } from './harness.ts';

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

describe('Retry and Catch of a Task', () => {
  it('tries again with growing delays, and counts the attempts in the context', async () => {
    const counts: unknown[] = [];
    const work: Handler = (payload) => {
      counts.push(payload);
      return counts.length < 4 ? throwing('FLAKY')(null) : 'done';
    };
    await using local = await openLocal({ functions: { work } });
    const { workflows, time } = local;
    const state = invoke({
      Arguments: { FunctionName: 'work', Payload: '{% $states.context.State.RetryCount %}' },
      Retry: [{ ErrorEquals: ['FLAKY'], IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 10 }],
    });
    const arn = await workflows.start(await workflows.create({ Work: state }));

    // 2, 6, and 18 cut to 10 seconds
    for (const [attempt, seconds] of [2, 6, 10].entries()) {
      await workflows.reached(arn, 'TaskFailed', attempt + 1);
      time.advance(seconds - 1);
      expect(counts).toHaveLength(attempt + 1);
      time.advance(1);
    }

    expect(await workflows.ended(arn)).toMatchObject({ status: 'SUCCEEDED', output: '"done"' });
    expect(counts).toEqual([0, 1, 2, 3]);
    expect((await workflows.eventTypes(arn)).filter((type) => type === 'TaskStateEntered')).toHaveLength(1);
  });

  it('goes to its catcher when the attempts are used up', async () => {
    await using local = await openLocal({ functions: { work: throwing('BROKEN') } });
    const state = invoke({
      Retry: [{ ErrorEquals: ['BROKEN'], MaxAttempts: 0 }],
      Catch: [
        { ErrorEquals: ['OTHER'], Next: 'Wrong' },
        {
          ErrorEquals: ['States.ALL'],
          Assign: { failed: '{% $states.errorOutput.Error %}' },
          Output: {
            before: '{% $states.input %}',
            cause: '{% $parse($states.errorOutput.Cause).errorMessage %}',
          },
          Next: 'Right',
        },
      ],
    });

    const output = await local.workflows.output(
      {
        Work: state,
        Wrong: { Type: 'Fail' },
        Right: { Type: 'Pass', Output: ['{% $states.input %}', '{% $failed %}'], End: true },
      },
      { a: 1 },
    );

    expect(output).toEqual([{ before: { a: 1 }, cause: 'it went wrong' }, 'BROKEN']);
  });

  it('shows an empty cause for a timeout, so that a catcher can always read it', async () => {
    await using local = await openLocal({ functions: { work: () => new Promise(() => undefined) } });
    const { workflows, time } = local;
    const machine = await workflows.create({
      Work: invoke({ TimeoutSeconds: 5, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Note' }] }),
      Note: { Type: 'Pass', End: true },
    });
    const arn = await workflows.start(machine);
    await workflows.reached(arn, 'TaskStarted');

    time.advance(5);

    expect((await workflows.ended(arn)).output).toBe('{"Error":"States.Timeout","Cause":""}');
  });

  it('catches a query that fails after the task succeeded', async () => {
    await using local = await openLocal({ functions: { work: () => ({}) } });
    const { workflows } = local;
    const execution = await workflows.run({
      Work: invoke({
        Output: '{% $states.result.Payload.missing %}',
        Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Note' }],
      }),
      Note: { Type: 'Pass', Output: '{% $states.input.Cause %}', End: true },
    });

    expect(JSON.parse(execution.output ?? '')).toBe(
      "An error occurred while executing the state 'Work' (entered at the event id #2). The JSONata expression '$states.result.Payload.missing' specified for the field 'Output' returned nothing (undefined).",
    );
    const event = (await workflows.history(execution.executionArn ?? '')).find(
      ({ type }) => type === 'EvaluationFailed',
    );
    expect(event?.evaluationFailedEventDetails).toMatchObject({
      error: 'States.QueryEvaluationError',
      location: 'Output',
      state: 'Work',
    });
  });

  it("fails when a catcher's own query fails", async () => {
    await using local = await openLocal({ functions: { work: throwing('BROKEN') } });

    const execution = await local.workflows.run({
      Work: invoke({
        Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.input.none %}', Next: 'Note' }],
      }),
      Note: { Type: 'Pass', End: true },
    });

    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(execution.cause).toContain("'Catch[0]/Output'");
  });
});

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

  it('drops the late answer of an attempt that timed out while the next one runs', async () => {
    const answers = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    let calls = 0;
    await using local = await openLocal({ functions: { work: () => answers[calls++]?.promise } });
    const { workflows, time } = local;
    const Retry = [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1 }];
    const arn = await workflows.start(
      await workflows.create({ Work: invoke({ TimeoutSeconds: 30, Retry }) }),
    );
    await workflows.reached(arn, 'TaskStarted');
    time.advance(30);
    await workflows.reached(arn, 'TaskTimedOut');
    time.advance(1);
    await workflows.reached(arn, 'TaskStarted', 2);

    answers[0]?.resolve('late');
    await new Promise((resolve) => setImmediate(resolve));
    answers[1]?.resolve('in time');

    expect((await workflows.ended(arn)).output).toBe('"in time"');
  });

  it('has all its attempts again when the state is entered again', async () => {
    let calls = 0;
    const work: Handler = () => {
      calls++;
      return calls % 2 === 1 ? throwing('FLAKY')(null) : calls;
    };
    await using local = await openLocal({ functions: { work } });
    const { workflows, time } = local;
    const Retry = [{ ErrorEquals: ['FLAKY'], IntervalSeconds: 1, MaxAttempts: 1 }];
    const machine = await workflows.create({
      Work: invoke({ Retry, Next: 'Enough', End: undefined }),
      Enough: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input = 4 %}', Next: 'Done' }],
        Default: 'Work',
      },
      Done: { Type: 'Succeed' },
    });
    const arn = await workflows.start(machine);

    for (const failures of [1, 2]) {
      await workflows.reached(arn, 'TaskFailed', failures);
      time.advance(1);
    }

    expect(await workflows.ended(arn)).toMatchObject({ status: 'SUCCEEDED', output: '4' });
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

import { describe, expect, it } from 'vitest';
import { openLocal } from './harness.ts';

const invoke = (fields: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'work' },
  Output: '{% $states.result.Payload %}',
  End: true,
  ...fields,
});
const caught = (name: string) => ({ Catch: [{ ErrorEquals: [name], Next: 'Caught' }] });
const Caught = { Type: 'Pass', Output: '{% $states.input.Error %}', End: true };

describe('the limit of a payload', () => {
  const work = () => 'x'.repeat(262_144 - 100);

  it('counts the whole response of a function, so that a payload just below it fails', async () => {
    await using local = await openLocal({ functions: { work } });

    const execution = await local.workflows.run({ Work: invoke() });

    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
      cause:
        "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });

  it('is not caught by States.ALL, but by its own name', async () => {
    await using local = await openLocal({ functions: { work } });

    const byAll = await local.workflows.run({ Work: invoke(caught('States.ALL')), Caught });
    const byName = await local.workflows.run({ Work: invoke(caught('States.DataLimitExceeded')), Caught });

    expect(byAll).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    expect(byName.output).toBe('"States.DataLimitExceeded"');
  });

  it.each([
    ['the output of a state', { Output: '{% $states.input.text & $states.input.text %}' }],
    ['a variable', { Assign: { text: '{% $states.input.text & $states.input.text %}' } }],
    [
      'all variables of one Assign',
      { Assign: { a: '{% $states.input.text %}', b: '{% $states.input.text %}' } },
    ],
  ])('counts for %s', async (_title, fields) => {
    await using local = await openLocal({ limits: { payloadBytes: 1000 } });

    const execution = await local.workflows.run(
      { Grow: { Type: 'Pass', ...fields, End: true } },
      { text: 'x'.repeat(600) },
    );

    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('counts bytes, not characters', async () => {
    await using local = await openLocal({ limits: { payloadBytes: 1000 } });

    const execution = await local.workflows.run({
      Grow: { Type: 'Pass', Output: "{% $pad('', 500, 'é') %}", End: true },
    });

    expect(execution.error).toBe('States.DataLimitExceeded');
  });

  it('counts for the arguments of a task and the results of a Map together', async () => {
    await using local = await openLocal({ functions: { work: () => null }, limits: { payloadBytes: 1000 } });
    const Payload = '{% $states.input.text & $states.input.text %}';
    const Fill = { Type: 'Pass', Output: "{% $pad('', 600, 'x') %}", End: true };
    const ItemProcessor = { StartAt: 'Fill', States: { Fill } };
    const input = { text: 'x'.repeat(600) };

    const task = await local.workflows.run(
      { Work: invoke({ Arguments: { FunctionName: 'work', Payload } }) },
      input,
    );
    const map = await local.workflows.run({ Each: { Type: 'Map', Items: [1, 2], ItemProcessor, End: true } });

    expect(task.error).toBe('States.DataLimitExceeded');
    expect(map.error).toBe('States.DataLimitExceeded');
  });
});

describe('the limit of a history', () => {
  it('ends the execution with its last event, after which nothing catches it', async () => {
    await using local = await openLocal({ limits: { historyEvents: 20 } });
    const { workflows } = local;
    const endless = {
      Loop: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Loop' }], Default: 'End' },
      End: { Type: 'Succeed' },
    };
    const Branches = [{ StartAt: 'Loop', States: endless }];

    const execution = await workflows.run({
      Both: { Type: 'Parallel', Branches, ...caught('States.ALL'), End: true },
      Caught,
    });

    expect(execution).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'The execution reached the maximum number of history events (20).',
    });
    const history = await workflows.history(execution.executionArn ?? '');
    expect(history).toHaveLength(20);
    expect(history.at(-1)).toMatchObject({ type: 'ExecutionFailed', id: 20, previousEventId: 19 });
  });

  it('lets an execution succeed that needs all of it', async () => {
    await using local = await openLocal({ limits: { historyEvents: 4 } });

    expect((await local.workflows.run({ Only: { Type: 'Pass', End: true } })).status).toBe('SUCCEEDED');
  });
});

describe('the limits of time', () => {
  it("end an execution at its machine's TimeoutSeconds, with the error in the history only", async () => {
    await using local = await openLocal();
    const { workflows, time } = local;
    const machine = await workflows.create(
      { Pause: { Type: 'Wait', Seconds: 9999, End: true } },
      { TimeoutSeconds: 60 },
    );
    const arn = await workflows.start(machine);
    await workflows.reached(arn, 'WaitStateEntered');

    time.advance(60);
    const execution = await workflows.ended(arn);

    expect(execution.status).toBe('TIMED_OUT');
    expect(execution.error).toBeUndefined();
    expect((await workflows.history(arn)).at(-1)).toMatchObject({
      type: 'ExecutionTimedOut',
      previousEventId: 0,
      executionTimedOutEventDetails: { error: 'States.Timeout' },
    });
  });

  it('end every execution after a year', async () => {
    await using local = await openLocal();
    const { workflows, time } = local;
    const arn = await workflows.start(
      await workflows.create({ Pause: { Type: 'Wait', Seconds: 99_999_999, End: true } }),
    );
    await workflows.reached(arn, 'WaitStateEntered');

    time.advance(365 * 24 * 60 * 60);

    expect((await workflows.ended(arn)).status).toBe('TIMED_OUT');
  });

  it('allow waits that are longer than one timer of Node can be', async () => {
    await using local = await openLocal();
    const { workflows, time } = local;
    const days = 24 * 60 * 60;
    const arn = await workflows.start(
      await workflows.create({ Pause: { Type: 'Wait', Seconds: 60 * days, End: true } }),
    );
    await workflows.reached(arn, 'WaitStateEntered');

    time.advance(59 * days);
    expect((await workflows.describe(arn)).status).toBe('RUNNING');
    time.advance(days);

    expect((await workflows.ended(arn)).status).toBe('SUCCEEDED');
  });
});

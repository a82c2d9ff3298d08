import {
  DescribeMapRunCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  StopExecutionCommand,
  UpdateMapRunCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { openLocal, until, type Workflows } from './harness.ts';

const each = (States: Record<string, object>, fields: object = {}) => ({
  Each: {
    Type: 'Map',
    Items: '{% $states.input %}',
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: Object.keys(States)[0],
      States,
    },
    End: true,
    ...fields,
  },
});

const double = { Double: { Type: 'Pass', Output: '{% $states.input * 2 %}', End: true } };
const same = { Same: { Type: 'Pass', End: true } };
/** Fails for even numbers. */
const odd = {
  Check: {
    Type: 'Choice',
    Choices: [{ Condition: '{% $states.input % 2 = 0 %}', Next: 'Even' }],
    Default: 'Odd',
  },
  Even: { Type: 'Fail', Error: 'Even' },
  Odd: { Type: 'Pass', End: true },
};

async function findMapRun(workflows: Workflows, executionArn: string) {
  const { mapRuns } = await workflows.client.send(new ListMapRunsCommand({ executionArn }));
  return workflows.client.send(new DescribeMapRunCommand({ mapRunArn: mapRuns?.[0]?.mapRunArn }));
}

describe('a distributed Map', () => {
  it('runs each item as an execution of its own and keeps their order', async () => {
    await using local = await openLocal();
    const { workflows } = local;

    const execution = await workflows.run(each(double), [1, 2, 3]);

    expect(execution.output).toBe('[2,4,6]');
    expect(await workflows.eventTypes(execution.executionArn ?? '')).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('describes its Map run and lists the children', async () => {
    await using local = await openLocal();
    const { workflows } = local;
    const execution = await workflows.run(each(double, { Label: 'Doubling', MaxConcurrency: 2 }), [1, 2, 3]);

    const mapRun = await findMapRun(workflows, execution.executionArn ?? '');
    const { mapRunArn } = mapRun;
    const { executions = [] } = await workflows.client.send(new ListExecutionsCommand({ mapRunArn }));

    const counts = {
      total: 3,
      succeeded: 3,
      resultsWritten: 3,
      pending: 0,
      running: 0,
      failed: 0,
      timedOut: 0,
      aborted: 0,
    };
    expect(mapRun).toMatchObject({
      status: 'SUCCEEDED',
      executionArn: execution.executionArn,
      maxConcurrency: 2,
      toleratedFailureCount: 0,
      itemCounts: counts,
      executionCounts: counts,
    });
    expect(mapRunArn).toMatch(/:mapRun:machine-[^/]+\/Doubling:/);
    expect(executions).toHaveLength(3);
    expect(executions[0]).toMatchObject({ status: 'SUCCEEDED', mapRunArn, itemCount: 1 });
    expect(executions[0]?.stateMachineArn).toMatch(/:stateMachine:machine-[^/]+\/Doubling$/);
    const child = await workflows.describe(executions[0]?.executionArn ?? '');
    expect(child).toMatchObject({ mapRunArn, input: '3', output: '6' });
  });

  it('starts no more children at once than MaxConcurrency', async () => {
    let running = 0;
    let most = 0;
    const work = async (payload: unknown) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return payload;
    };
    await using local = await openLocal({ functions: { work } });
    const Work = {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: 'work', Payload: '{% $states.input %}' },
      Output: '{% $states.result.Payload %}',
      End: true,
    };

    const items = Array.from({ length: 12 }, (_, index) => index);
    const output = await local.workflows.output(each({ Work }, { MaxConcurrency: 3 }), items);

    expect(output).toEqual(items);
    expect(most).toBe(3);
  });

  it('selects and batches items', async () => {
    await using local = await openLocal();
    const { workflows } = local;
    const fields = {
      Items: '{% $states.input.numbers %}',
      ItemSelector: { number: '{% $states.context.Map.Item.Value %}' },
      ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { vault: '{% $states.input.vault %}' } },
    };

    const execution = await workflows.run(each(same, fields), { numbers: [1, 2, 3], vault: 'v' });

    expect(JSON.parse(execution.output ?? '')).toEqual([
      { BatchInput: { vault: 'v' }, Items: [{ number: 1 }, { number: 2 }] },
      { BatchInput: { vault: 'v' }, Items: [{ number: 3 }] },
    ]);
    const { itemCounts, executionCounts } = await findMapRun(workflows, execution.executionArn ?? '');
    expect([itemCounts?.total, executionCounts?.total]).toEqual([3, 2]);
  });

  it('closes a batch before its input exceeds MaxInputBytesPerBatch', async () => {
    await using local = await openLocal();
    const text = 'x'.repeat(40);

    const output = await local.workflows.output(each(same, { ItemBatcher: { MaxInputBytesPerBatch: 100 } }), [
      text,
      text,
      text,
    ]);

    expect(output).toEqual([{ Items: [text, text] }, { Items: [text] }]);
  });

  it('succeeds with an empty list', async () => {
    await using local = await openLocal();

    expect(await local.workflows.output(each(double), [])).toEqual([]);
  });

  it("gives children a context of their own, without the parent's item", async () => {
    await using local = await openLocal();
    const Look = { Type: 'Pass', Output: '{% $states.context %}', End: true };

    const [context] = (await local.workflows.output(each({ Look }), ['a'])) as [Record<string, unknown>];

    expect(context).toMatchObject({ Execution: { Input: 'a' }, State: { Name: 'Look' } });
    expect(context).not.toHaveProperty('Map');
  });
});

describe('UpdateMapRun', () => {
  const Pause = { Type: 'Wait', Seconds: 9999, End: true };
  const startRun = async (workflows: Workflows, fields: object) => {
    const executionArn = await workflows.start(await workflows.create(each({ Pause }, fields)), [1, 2, 3, 4]);
    await workflows.reached(executionArn, 'MapRunStarted');
    const { mapRunArn } = await findMapRun(workflows, executionArn);
    return { executionArn, mapRunArn };
  };
  const stopOne = async (workflows: Workflows, mapRunArn: string | undefined) => {
    const { executions = [] } = await workflows.client.send(
      new ListExecutionsCommand({ mapRunArn, statusFilter: 'RUNNING' }),
    );
    await workflows.client.send(new StopExecutionCommand({ executionArn: executions[0]?.executionArn }));
  };

  it('lets more children run at once', async () => {
    await using local = await openLocal();
    const { workflows } = local;
    const { executionArn, mapRunArn } = await startRun(workflows, { MaxConcurrency: 1 });
    expect((await findMapRun(workflows, executionArn)).executionCounts).toMatchObject({
      running: 1,
      pending: 3,
    });

    await workflows.client.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: 3 }));

    expect(await findMapRun(workflows, executionArn)).toMatchObject({
      maxConcurrency: 3,
      executionCounts: { running: 3, pending: 1 },
    });
  });

  it('starts no more children while more run than it allows now', async () => {
    await using local = await openLocal();
    const { workflows } = local;
    const { executionArn, mapRunArn } = await startRun(workflows, {
      MaxConcurrency: 3,
      ToleratedFailureCount: 4,
    });

    await workflows.client.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: 1 }));
    await stopOne(workflows, mapRunArn);

    const { executionCounts } = await findMapRun(workflows, executionArn);
    expect(executionCounts).toMatchObject({ running: 2, aborted: 1, pending: 1 });
  });

  it('ends a run at once that has failed more than it tolerates now', async () => {
    await using local = await openLocal();
    const { workflows } = local;
    const { executionArn, mapRunArn } = await startRun(workflows, { ToleratedFailurePercentage: 50 });
    await stopOne(workflows, mapRunArn);
    await until('the count of the failure', async () => {
      return (await findMapRun(workflows, executionArn)).executionCounts?.aborted === 1;
    });

    await workflows.client.send(new UpdateMapRunCommand({ mapRunArn, toleratedFailurePercentage: 24.5 }));

    expect(await workflows.ended(executionArn)).toMatchObject({
      error: 'States.ExceedToleratedFailureThreshold',
    });
    await expect(
      workflows.client.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: 1 })),
    ).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining('not running') });
  });
});

describe('failures of children of a distributed Map', () => {
  it('fail the run when none is tolerated, and children that still run are stopped', async () => {
    await using local = await openLocal();
    const { workflows } = local;
    const States = {
      Check: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input = 2 %}', Next: 'Broken' }],
        Default: 'Pause',
      },
      Broken: { Type: 'Fail', Error: 'Broken' },
      Pause: { Type: 'Wait', Seconds: 9999, End: true },
    };

    const execution = await workflows.run(each(States), [1, 2]);

    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
    const arn = execution.executionArn ?? '';
    expect((await workflows.eventTypes(arn)).slice(-3)).toEqual([
      'MapRunFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
    const mapRun = await until('the stop of the other child', async () => {
      const found = await findMapRun(workflows, arn);
      return found.executionCounts?.running === 0 && found;
    });
    expect(mapRun).toMatchObject({ status: 'FAILED', executionCounts: { failed: 1, aborted: 1 } });
  });

  it.each([
    [{ ToleratedFailureCount: 2 }],
    [{ ToleratedFailurePercentage: 40 }],
    [{ ToleratedFailurePercentage: '{% 40.5 %}' }],
    [{ ToleratedFailureCount: '{% $count($states.input) %}' }],
  ])('stand in the result as what describes them when they are tolerated by %o', async (tolerance) => {
    await using local = await openLocal();

    const output = await local.workflows.output(each(odd, tolerance), [1, 2, 3, 4, 5]);

    const failed = (Input: string) => expect.objectContaining({ Input, Status: 'FAILED', Error: 'Even' });
    expect(output).toEqual([1, failed('2'), 3, failed('4'), 5]);
  });

  it.each([
    [{ ToleratedFailureCount: 1 }],
    [{ ToleratedFailurePercentage: 39 }],
    [{ ToleratedFailureCount: 5, ToleratedFailurePercentage: 39 }],
  ])('fail the run beyond %o', async (tolerance) => {
    await using local = await openLocal();

    const execution = await local.workflows.run(each(odd, tolerance), [1, 2, 3, 4, 5]);

    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
  });

  it.each([
    [{ ToleratedFailureCount: 2 }, 'States.ExceedToleratedFailureThreshold'],
    [{ ToleratedFailureCount: 3 }, undefined],
    [{ ToleratedFailurePercentage: 49 }, 'States.ExceedToleratedFailureThreshold'],
    [{ ToleratedFailurePercentage: 50 }, undefined],
  ])('count by items, not by batches, against %o', async (tolerance, expected) => {
    await using local = await openLocal();
    const States = {
      Check: {
        Type: 'Choice',
        Choices: [{ Condition: '{% 2 in $states.input.Items %}', Next: 'Broken' }],
        Default: 'Fine',
      },
      Broken: { Type: 'Fail', Error: 'Broken' },
      Fine: { Type: 'Pass', End: true },
    };
    const fields = { ItemBatcher: { MaxItemsPerBatch: 3 }, ...tolerance };

    const execution = await local.workflows.run(each(States, fields), [1, 2, 3, 4, 5, 6]);

    expect(execution.error).toBe(expected);
  });

  it('can be caught and tried again', async () => {
    await using local = await openLocal();
    const { workflows, time } = local;
    const names = ['States.ExceedToleratedFailureThreshold'];
    const machine = await workflows.create({
      ...each(odd, {
        Retry: [{ ErrorEquals: names, IntervalSeconds: 3, MaxAttempts: 1 }],
        Catch: [{ ErrorEquals: names, Output: '{% $states.errorOutput.Error %}', Next: 'Note' }],
      }),
      Note: { Type: 'Pass', End: true },
    });
    const arn = await workflows.start(machine, [2]);
    await workflows.reached(arn, 'MapRunFailed');

    time.advance(3);

    expect(await workflows.ended(arn)).toMatchObject({ output: '"States.ExceedToleratedFailureThreshold"' });
    expect((await workflows.eventTypes(arn)).filter((type) => type === 'MapRunStarted')).toHaveLength(2);
  });

  it('do not come from a stopped parent: its children are stopped with it', async () => {
    await using local = await openLocal();
    const { workflows } = local;
    const Pause = { Type: 'Wait', Seconds: 9999, End: true };
    const executionArn = await workflows.start(await workflows.create(each({ Pause })), [1, 2]);
    await workflows.reached(executionArn, 'MapRunStarted');

    await workflows.client.send(new StopExecutionCommand({ executionArn }));

    const mapRun = await until('the stop of the children', async () => {
      const found = await findMapRun(workflows, executionArn);
      return found.executionCounts?.aborted === 2 && found;
    });
    expect(mapRun.status).toBe('ABORTED');
  });
});

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  DescribeMapRunCommand,
  ListMapRunsCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../local/stepfunctions/distributed/objects.ts';
import { each, same } from './distributed-states.ts';
import { openLocal, until } from './harness.ts';

const task = (FunctionName: string, fields: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  End: true,
  ...fields,
});

/** A function that does not answer before the service was restarted. */
function hangUntilRestart() {
  const calls: unknown[] = [];
  let hangs = true;
  const work = (payload: unknown) => {
    calls.push(payload);
    return hangs ? new Promise(() => undefined) : payload;
  };
  return { calls, work, release: () => (hangs = false) };
}

/** An S3 of one list, whose operations do not answer before they are released. */
function hangUntilReleased() {
  const calls: string[] = [];
  const released = new Set<string>();
  const answer = <Answer>(name: string, value: Answer): Promise<Answer> => {
    calls.push(name);
    return released.has(name) ? Promise.resolve(value) : new Promise(() => undefined);
  };
  const store: ObjectStore = {
    get: () => answer('get', Buffer.from('[1]')),
    put: () => answer('put', undefined),
    list: () => answer('list', []),
  };
  return { calls, store, release: (name: string) => released.add(name) };
}

function collectTokens() {
  const tokens: string[] = [];
  const handOver = (payload: unknown) => void tokens.push((payload as { token: string }).token);
  const state = (fields: object = {}) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: 'hand-over', Payload: { token: '{% $states.context.Task.Token %}' } },
    End: true,
    ...fields,
  });
  return { tokens, handOver, state };
}

describe('after a restart', () => {
  it('a Wait ends at the time it was set to, not later', async () => {
    await using local = await openLocal();
    const arn = await local.workflows.start(
      await local.workflows.create({ Pause: { Type: 'Wait', Seconds: 100, End: true } }),
    );
    await local.workflows.reached(arn, 'WaitStateEntered');

    local.time.advance(60);
    await local.restart();
    local.time.advance(39);
    expect((await local.workflows.describe(arn)).status).toBe('RUNNING');
    local.time.advance(1);

    expect((await local.workflows.ended(arn)).status).toBe('SUCCEEDED');
  });

  it('a Wait that ended meanwhile goes on at once', async () => {
    await using local = await openLocal();
    const arn = await local.workflows.start(
      await local.workflows.create({ Pause: { Type: 'Wait', Seconds: 100, End: true } }),
    );
    await local.workflows.reached(arn, 'WaitStateEntered');
    await local.service.close();
    local.time.advance(1000);

    await local.open();

    expect((await local.workflows.ended(arn)).status).toBe('SUCCEEDED');
  });

  it('a function that was under way is run again, and its attempt is recorded once', async () => {
    const { calls, work, release } = hangUntilRestart();
    await using local = await openLocal({ functions: { work } });
    const arn = await local.workflows.start(await local.workflows.create({ Work: task('work') }), { a: 1 });
    await until('the first call', () => calls.length === 1);

    release();
    await local.restart();

    expect((await local.workflows.ended(arn)).output).toBe('{"a":1}');
    expect(calls).toHaveLength(2);
    expect((await local.workflows.eventTypes(arn)).filter((type) => type === 'TaskScheduled')).toHaveLength(
      1,
    );
  });

  it('a function that was under way is not run again when its time was up meanwhile', async () => {
    const { calls, work } = hangUntilRestart();
    await using local = await openLocal({ functions: { work } });
    const machine = await local.workflows.create({ Work: task('work', { TimeoutSeconds: 30 }) });
    const arn = await local.workflows.start(machine);
    await until('the first call', () => calls.length === 1);
    await local.service.close();
    local.time.advance(31);

    await local.open();

    expect(await local.workflows.ended(arn)).toMatchObject({ error: 'States.Timeout' });
    expect(calls).toHaveLength(1);
  });

  it('task tokens are still good, and their functions are not run again', async () => {
    const { tokens, handOver, state } = collectTokens();
    await using local = await openLocal({ functions: { 'hand-over': handOver } });
    const arn = await local.workflows.start(await local.workflows.create({ Wait: state() }));
    await local.workflows.reached(arn, 'TaskSubmitted');

    await local.restart();
    await local.workflows.client.send(new SendTaskSuccessCommand({ taskToken: tokens[0], output: '1' }));

    expect((await local.workflows.ended(arn)).output).toBe('1');
    expect(tokens).toHaveLength(1);
  });

  it('heartbeats are judged by the time of the last one', async () => {
    const { tokens, handOver, state } = collectTokens();
    await using local = await openLocal({ functions: { 'hand-over': handOver } });
    const machine = await local.workflows.create({ Wait: state({ HeartbeatSeconds: 60 }) });
    const arn = await local.workflows.start(machine);
    await local.workflows.reached(arn, 'TaskSubmitted');
    local.time.advance(50);
    await local.workflows.client.send(new SendTaskHeartbeatCommand({ taskToken: tokens[0] }));
    await local.restart();

    local.time.advance(59);
    expect((await local.workflows.describe(arn)).status).toBe('RUNNING');
    local.time.advance(1);

    expect(await local.workflows.ended(arn)).toMatchObject({ error: 'States.Timeout' });
  });

  it('a backoff goes on with the attempts counted so far', async () => {
    let calls = 0;
    const work = () => {
      calls++;
      throw Object.assign(new Error('again'), { name: 'FLAKY' });
    };
    await using local = await openLocal({ functions: { work } });
    const Retry = [{ ErrorEquals: ['FLAKY'], IntervalSeconds: 10, BackoffRate: 1, MaxAttempts: 1 }];
    const arn = await local.workflows.start(await local.workflows.create({ Work: task('work', { Retry }) }));
    await local.workflows.reached(arn, 'TaskFailed');

    await local.restart();
    local.time.advance(10);

    expect(await local.workflows.ended(arn)).toMatchObject({ status: 'FAILED', error: 'FLAKY' });
    expect(calls).toBe(2);
  });

  it('branches, iterations and their variables are as they were', async () => {
    await using local = await openLocal();
    const pauseAndShow = (name: string) => ({
      StartAt: name,
      States: {
        [name]: { Type: 'Pass', Assign: { own: '{% $states.input & $outer %}' }, Next: `${name} pauses` },
        [`${name} pauses`]: { Type: 'Wait', Seconds: 10, Next: `${name} ends` },
        [`${name} ends`]: { Type: 'Pass', Output: '{% $own %}', End: true },
      },
    });
    const machine = await local.workflows.create({
      Before: { Type: 'Pass', Assign: { outer: '!' }, Next: 'Both' },
      Both: {
        Type: 'Parallel',
        Branches: [
          pauseAndShow('One'),
          {
            StartAt: 'Each',
            States: {
              Each: {
                Type: 'Map',
                Items: ['x', 'y'],
                MaxConcurrency: 1,
                ItemProcessor: pauseAndShow('Two'),
                End: true,
              },
            },
          },
        ],
        End: true,
      },
    });
    const arn = await local.workflows.start(machine, 'in');
    await local.workflows.reached(arn, 'WaitStateEntered', 2);

    await local.restart();
    local.time.advance(10);
    await local.workflows.reached(arn, 'WaitStateEntered', 3);
    await local.restart();
    local.time.advance(10);

    expect((await local.workflows.ended(arn)).output).toBe('["in!",["x!","y!"]]');
  });

  it('a Map run goes on with the children that had not started', async () => {
    const { calls, work, release } = hangUntilRestart();
    await using local = await openLocal({ functions: { work } });
    const ItemProcessor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'Work',
      States: { Work: task('work') },
    };
    const machine = await local.workflows.create({
      Each: { Type: 'Map', Items: [1, 2, 3, 4], MaxConcurrency: 2, ItemProcessor, End: true },
    });
    const executionArn = await local.workflows.start(machine);
    await until('two calls', () => calls.length === 2);

    release();
    await local.restart();

    expect((await local.workflows.ended(executionArn)).output).toBe('[1,2,3,4]');
    const { mapRuns } = await local.workflows.client.send(new ListMapRunsCommand({ executionArn }));
    const mapRun = await local.workflows.client.send(
      new DescribeMapRunCommand({ mapRunArn: mapRuns?.[0]?.mapRunArn }),
    );
    expect(mapRun.executionCounts).toMatchObject({ total: 4, succeeded: 4 });
  });

  it('items that were being read are read again, and results that were being written are written again', async () => {
    const objects = hangUntilReleased();
    await using local = await openLocal({ objects: () => objects.store });
    const machine = await local.workflows.create(
      each(same, {
        ItemReader: {
          Resource: 'arn:aws:states:::s3:getObject',
          Arguments: { Bucket: 'b', Key: 'k' },
          ReaderConfig: { InputType: 'JSON' },
        },
        ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: 'b' } },
      }),
    );
    const executionArn = await local.workflows.start(machine);
    await until('the first reading', () => objects.calls.length === 1);

    objects.release('get');
    await local.restart();
    await until('the first writing', () => objects.calls.includes('put'));
    expect((await local.workflows.describe(executionArn)).status).toBe('RUNNING');
    objects.release('put');
    await local.restart();

    const { status, output = '' } = await local.workflows.ended(executionArn);
    expect(status).toBe('SUCCEEDED');
    expect(objects.calls).toEqual(['get', 'get', 'put', 'put', 'put']);
    expect(JSON.parse(output)).toMatchObject({ ResultWriterDetails: { Bucket: 'b' } });
  });

  it('children of a failed Map run are stopped before its results are written', async () => {
    const objects = hangUntilReleased();
    objects.release('put');
    const { calls, work } = hangUntilRestart();
    await using local = await openLocal({ objects: () => objects.store, functions: { work } });
    const States = {
      Check: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input = 2 %}', Next: 'Pause' }],
        Default: 'Work',
      },
      Pause: { Type: 'Wait', Seconds: 10, Next: 'Broken' },
      Broken: { Type: 'Fail' },
      Work: task('work'),
    };
    const machine = await local.workflows.create(
      each(States, {
        Items: [1, 2],
        ResultWriter: { Resource: 'arn:aws:states:::s3:putObject', Arguments: { Bucket: 'b' } },
      }),
    );
    const executionArn = await local.workflows.start(machine);
    await until('the call', () => calls.length === 1);
    await local.service.close();
    // What a failed run leaves behind when the process dies between its commit and its effects.
    const database = new DatabaseSync(join(local.directory, 'stepfunctions.sqlite'));
    database.exec(
      `UPDATE map_runs SET body = json_set(body, '$.stage', 'stopping', '$.failure', json('{"error":"Late"}'))`,
    );
    database.close();

    await local.open();

    expect(await local.workflows.ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'Late' });
    expect(objects.calls).toEqual(['put', 'put']);
    expect(calls).toHaveLength(1);
  });

  it('children are stopped whose Map run ended just before the service died', async () => {
    await using local = await openLocal();
    const ItemProcessor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'Pause',
      States: { Pause: { Type: 'Wait', Seconds: 9999, End: true } },
    };
    const machine = await local.workflows.create({
      Each: { Type: 'Map', Items: [1, 2], ItemProcessor, End: true },
    });
    const executionArn = await local.workflows.start(machine);
    await local.workflows.reached(executionArn, 'MapRunStarted');
    const { mapRuns } = await local.workflows.client.send(new ListMapRunsCommand({ executionArn }));
    await local.service.close();
    // What a stop leaves behind when the process dies between its commit and its effects.
    const database = new DatabaseSync(join(local.directory, 'stepfunctions.sqlite'));
    database.exec(`
      UPDATE executions SET status = 'ABORTED' WHERE map_run_arn IS NULL;
      DELETE FROM threads WHERE execution_id IN (SELECT id FROM executions WHERE map_run_arn IS NULL);
      UPDATE map_runs SET status = 'ABORTED', body = json_set(body, '$.status', 'ABORTED');
    `);
    database.close();

    await local.open();

    const command = new DescribeMapRunCommand({ mapRunArn: mapRuns?.[0]?.mapRunArn });
    await until('the stop of both children', async () => {
      const { executionCounts } = await local.workflows.client.send(command);
      return executionCounts?.aborted === 2;
    });
  });

  it('a definition that an earlier release accepted fails the execution instead of leaving it hanging', async () => {
    const putEvents = async () => ({ FailedEntryCount: 0, Entries: [] });
    const options: { putEvents?: typeof putEvents } = { putEvents };
    await using local = await openLocal(options);
    const machine = await local.workflows.create({
      Pause: { Type: 'Wait', Seconds: 10, Next: 'Announce' },
      Announce: {
        Type: 'Task',
        Resource: 'arn:aws:states:::events:putEvents',
        Arguments: { Entries: [] },
        End: true,
      },
    });
    const arn = await local.workflows.start(machine);
    await local.workflows.reached(arn, 'WaitStateEntered');

    delete options.putEvents;
    await local.restart();
    local.time.advance(10);

    const execution = await local.workflows.ended(arn);
    expect(execution).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(execution.cause).toContain('events:putEvents');
  });
});

import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { openLocal, type TestService, until } from './harness.ts';

const handOver = (fields: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: { FunctionName: 'hand-over', Payload: { token: '{% $states.context.Task.Token %}' } },
  End: true,
  ...fields,
});

/** A service whose function hands the tokens it gets to the test. */
async function openWithTokens(options: { onHandedOver?: () => void } = {}) {
  const tokens: string[] = [];
  const handOverToTest = (payload: unknown) => {
    tokens.push((payload as { token: string }).token);
    return 'handed over';
  };
  return { local: await openLocal({ functions: { 'hand-over': handOverToTest }, ...options }), tokens };
}

async function startWaiting(local: TestService, states: Record<string, object>): Promise<string> {
  const { workflows } = local;
  const arn = await workflows.start(await workflows.create(states));
  await workflows.reached(arn, 'TaskSubmitted');
  return arn;
}

const succeed = (local: TestService, taskToken: string | undefined, output = '{"ok":true}') =>
  local.workflows.client.send(new SendTaskSuccessCommand({ taskToken, output }));

const beat = (local: TestService, taskToken: string | undefined) =>
  local.workflows.client.send(new SendTaskHeartbeatCommand({ taskToken }));

describe('a Task that waits for its token', () => {
  it('goes on with the output that SendTaskSuccess brings', async () => {
    let handedOver = 0;
    const { local, tokens } = await openWithTokens({ onHandedOver: () => handedOver++ });
    await using _ = local;
    const arn = await startWaiting(local, { Wait: handOver() });
    expect(handedOver).toBe(1);

    await succeed(local, tokens[0]);

    expect(await local.workflows.ended(arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"ok":true}' });
    expect(await local.workflows.eventTypes(arn)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('fails with the error that SendTaskFailure brings', async () => {
    const { local, tokens } = await openWithTokens();
    await using _ = local;
    const arn = await startWaiting(local, { Wait: handOver() });

    const failure = { taskToken: tokens[0], error: 'RESTORE_FAILED', cause: 'disk full' };
    await local.workflows.client.send(new SendTaskFailureCommand(failure));

    expect(await local.workflows.ended(arn)).toMatchObject({
      status: 'FAILED',
      error: 'RESTORE_FAILED',
      cause: 'disk full',
    });
  });

  it('takes an answer that comes before the function itself returned', async () => {
    const early = Promise.withResolvers<string>();
    const returning = Promise.withResolvers<void>();
    const slow = (payload: unknown) => {
      early.resolve((payload as { token: string }).token);
      return returning.promise;
    };
    await using local = await openLocal({ functions: { 'hand-over': slow } });
    const { workflows } = local;
    const arn = await workflows.start(await workflows.create({ Wait: handOver() }));

    await succeed(local, await early.promise);
    const execution = await workflows.ended(arn);
    returning.resolve();

    expect(execution).toMatchObject({ status: 'SUCCEEDED', output: '{"ok":true}' });
  });

  it('fails at once when the function fails', async () => {
    await using local = await openLocal();

    const execution = await local.workflows.run({ Wait: handOver() });

    expect(execution).toMatchObject({ status: 'FAILED', error: 'Lambda.ResourceNotFoundException' });
  });

  it('accepts a token once: afterwards the task does not exist any more', async () => {
    const { local, tokens } = await openWithTokens();
    await using _ = local;
    await startWaiting(local, { Wait: handOver() });

    const answers = await Promise.allSettled([succeed(local, tokens[0]), succeed(local, tokens[0])]);

    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(succeed(local, tokens[0])).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await expect(beat(local, tokens[0])).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('refuses tokens that it did not make, and those of executions that it does not know', async () => {
    const { local } = await openWithTokens();
    await using _ = local;
    const unknown = Buffer.from('HFT1 4711 0 attempt').toString('base64url');

    await expect(succeed(local, 'made up')).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(succeed(local, unknown)).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
  });

  it('refuses an output that is no JSON, and leaves the task waiting', async () => {
    const { local, tokens } = await openWithTokens();
    await using _ = local;
    const arn = await startWaiting(local, { Wait: handOver() });

    await expect(succeed(local, tokens[0], 'no json')).rejects.toMatchObject({ name: 'InvalidOutput' });

    expect((await local.workflows.describe(arn)).status).toBe('RUNNING');
  });

  it('makes a new token for every attempt, and the old one is void', async () => {
    const { local, tokens } = await openWithTokens();
    await using _ = local;
    const Retry = [{ ErrorEquals: ['States.HeartbeatTimeout'], IntervalSeconds: 1 }];
    const arn = await startWaiting(local, {
      Wait: handOver({ HeartbeatSeconds: 60, TimeoutSeconds: 600, Retry }),
    });

    local.time.advance(60);
    await local.workflows.reached(arn, 'TaskTimedOut');
    local.time.advance(1);
    await until('the second token', () => tokens.length === 2);

    await expect(succeed(local, tokens[0])).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await succeed(local, tokens[1]);
    expect((await local.workflows.ended(arn)).status).toBe('SUCCEEDED');
  });
});

describe('heartbeats and timeouts of a Task that waits for its token', () => {
  it('runs as long as heartbeats come, but not longer than TimeoutSeconds', async () => {
    const { local, tokens } = await openWithTokens();
    await using _ = local;
    const arn = await startWaiting(local, { Wait: handOver({ HeartbeatSeconds: 60, TimeoutSeconds: 150 }) });

    for (let minutes = 0; minutes < 2; minutes++) {
      local.time.advance(59);
      await beat(local, tokens[0]);
    }
    expect((await local.workflows.describe(arn)).status).toBe('RUNNING');
    local.time.advance(32);

    expect(await local.workflows.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it.each([
    ['States.HeartbeatTimeout', 'heartbeat'],
    ['States.Timeout', 'heartbeat'],
    ['States.Timeout', 'timeout'],
  ])('matches %s for a missed %s', async (name, kind) => {
    const { local } = await openWithTokens();
    await using _ = local;
    const limits = kind === 'heartbeat' ? { HeartbeatSeconds: 60 } : { TimeoutSeconds: 60 };
    const Catch = [{ ErrorEquals: [name], Next: 'Caught' }];
    const arn = await startWaiting(local, {
      Wait: handOver({ ...limits, Catch }),
      Caught: { Type: 'Succeed' },
    });

    local.time.advance(60);

    // What is reported is States.Timeout in every case.
    expect((await local.workflows.ended(arn)).output).toBe('{"Error":"States.Timeout","Cause":""}');
  });

  it('does not match States.HeartbeatTimeout nor States.TaskFailed when TimeoutSeconds ran out', async () => {
    const { local } = await openWithTokens();
    await using _ = local;
    const Catch = [{ ErrorEquals: ['States.HeartbeatTimeout', 'States.TaskFailed'], Next: 'Caught' }];
    const arn = await startWaiting(local, {
      Wait: handOver({ TimeoutSeconds: 60, Catch }),
      Caught: { Type: 'Succeed' },
    });

    local.time.advance(60);

    expect(await local.workflows.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it('refuses a heartbeat that comes too late, even before its timer rang', async () => {
    const tokens: string[] = [];
    await using deaf = await openLocal({
      functions: { 'hand-over': (payload) => void tokens.push((payload as { token: string }).token) },
      // A timer that never rings: only the stored times decide.
      startTimer: () => () => undefined,
    });
    const arn = await startWaiting(deaf, { Wait: handOver({ HeartbeatSeconds: 60 }) });

    deaf.time.advance(61);

    await expect(beat(deaf, tokens[0])).rejects.toMatchObject({ name: 'TaskTimedOut' });
    expect((await deaf.workflows.describe(arn)).status).toBe('FAILED');
  });

  it('takes both limits from expressions', async () => {
    const { local } = await openWithTokens();
    await using _ = local;
    const limits = {
      HeartbeatSeconds: '{% $states.input.beat %}',
      TimeoutSeconds: '{% $states.input.limit %}',
    };
    const machine = await local.workflows.create({ Wait: handOver(limits) });
    const arn = await local.workflows.start(machine, { beat: 30, limit: 90 });

    const { taskScheduledEventDetails } = await local.workflows.reached(arn, 'TaskScheduled');

    expect(taskScheduledEventDetails).toMatchObject({ heartbeatInSeconds: 30, timeoutInSeconds: 90 });
  });
});

import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import type { Handler } from './handlers.ts';
import { openLocal, until } from './harness.ts';

const invoke = (FunctionName: string, fields: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  ...fields,
});

describe('the shape of commit-upload', () => {
  const Catch = [
    {
      ErrorEquals: ['States.ALL'],
      Assign: { failure: '{% $states.errorOutput %}' },
      Output: '{% $states.input %}',
      Next: 'Refuse commit',
    },
  ];
  const states = {
    'Verify objects': invoke('verify', { Catch, Next: 'All verified?' }),
    'All verified?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.done %}', Next: 'Record recovery point' }],
      Default: 'Verify objects',
    },
    'Record recovery point': invoke('record', { Catch, Next: 'Write journal' }),
    'Write journal': invoke('journal', { End: true }),
    'Refuse commit': {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: {
        FunctionName: 'refuse',
        Payload: { input: '{% $states.input %}', failure: '{% $failure.Error %}' },
      },
      Next: 'Commit refused',
    },
    'Commit refused': { Type: 'Fail', Error: '{% $failure.Error %}', Cause: '{% $failure.Cause %}' },
  };

  const verify: Handler = (payload) => {
    const { uploadId, page = 0 } = payload as { uploadId: string; page?: number };
    return { uploadId, page: page + 1, done: page + 1 === 100 };
  };

  it('verifies in as many pages as it takes, far below the limit of a history', async () => {
    const journal: unknown[] = [];
    const functions = {
      verify,
      record: (payload: unknown) => payload,
      journal: (payload: unknown) => void journal.push(payload),
    };
    await using local = await openLocal({ functions });

    const execution = await local.workflows.run(states, { uploadId: 'u1' });

    expect(execution.status).toBe('SUCCEEDED');
    expect(journal).toEqual([{ uploadId: 'u1', page: 100, done: true }]);
    const events = await local.workflows.history(execution.executionArn ?? '');
    expect(events.length).toBeLessThan(25_000 / 5);
  });

  it('refuses the commit when an object is missing, and fails with that error', async () => {
    const refused: unknown[] = [];
    const record: Handler = () => {
      throw Object.assign(new Error('pack 7'), { name: 'OBJECT_MISSING' });
    };
    await using local = await openLocal({
      functions: { verify, record, refuse: (payload) => void refused.push(payload) },
    });

    const execution = await local.workflows.run(states, { uploadId: 'u1', page: 99 });

    expect(execution).toMatchObject({ status: 'FAILED', error: 'OBJECT_MISSING' });
    expect(refused).toEqual([
      { input: { uploadId: 'u1', page: 100, done: true }, failure: 'OBJECT_MISSING' },
    ]);
  });
});

describe('the shape of restore-staging', () => {
  const states = {
    'Plan restore': invoke('plan', { Next: 'Hand to store and wait' }),
    'Hand to store and wait': {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: {
        FunctionName: 'hand-over',
        Payload: { restore: '{% $states.input %}', taskToken: '{% $states.context.Task.Token %}' },
      },
      HeartbeatSeconds: 300,
      TimeoutSeconds: 86_400,
      Retry: [
        { ErrorEquals: ['States.HeartbeatTimeout'], IntervalSeconds: 60, MaxAttempts: 1, BackoffRate: 1 },
      ],
      Catch: [
        {
          ErrorEquals: ['States.ALL'],
          Output: {
            restore: '{% $states.input %}',
            error: '{% $states.errorOutput.Error %}',
            cause: '{% $states.errorOutput.Cause %}',
          },
          Next: 'Record failure',
        },
      ],
      Output: '{% $merge([$states.input, $states.result]) %}',
      Next: 'Staged',
    },
    'Record failure': invoke('record-failure', { Next: 'Failure recorded' }),
    'Failure recorded': { Type: 'Succeed' },
    Staged: { Type: 'Succeed' },
  };

  async function openRestore() {
    const tokens: string[] = [];
    const failures: unknown[] = [];
    const local = await openLocal({
      functions: {
        plan: () => ({ restoreId: 'r1', packs: 3 }),
        'hand-over': (payload) => void tokens.push((payload as { taskToken: string }).taskToken),
        'record-failure': (payload) => void failures.push(payload),
      },
    });
    return { local, tokens, failures };
  }

  it('waits for the store as long as it gives signs of life', async () => {
    const { local, tokens } = await openRestore();
    await using _ = local;
    const { workflows, time } = local;
    const arn = await workflows.start(await workflows.create(states));
    await workflows.reached(arn, 'TaskSubmitted');

    for (let beats = 0; beats < 20; beats++) {
      time.advance(250);
      await workflows.client.send(new SendTaskHeartbeatCommand({ taskToken: tokens[0] }));
    }
    await workflows.client.send(new SendTaskSuccessCommand({ taskToken: tokens[0], output: '{"files":9}' }));

    expect((await workflows.ended(arn)).output).toBe('{"restoreId":"r1","packs":3,"files":9}');
  });

  it('hands the work over once more when the store falls silent, then records the failure', async () => {
    const { local, tokens, failures } = await openRestore();
    await using _ = local;
    const { workflows, time } = local;
    const arn = await workflows.start(await workflows.create(states));
    await workflows.reached(arn, 'TaskSubmitted');

    time.advance(300);
    await workflows.reached(arn, 'TaskTimedOut');
    time.advance(60);
    await workflows.reached(arn, 'TaskSubmitted', 2);
    time.advance(300);

    expect((await workflows.ended(arn)).status).toBe('SUCCEEDED');
    expect(new Set(tokens).size).toBe(2);
    expect(failures).toEqual([
      { restore: { restoreId: 'r1', packs: 3 }, error: 'States.Timeout', cause: '' },
    ]);
  });

  it('records what the store reports without trying again', async () => {
    const { local, tokens, failures } = await openRestore();
    await using _ = local;
    const { workflows } = local;
    const arn = await workflows.start(await workflows.create(states));
    await workflows.reached(arn, 'TaskSubmitted');

    const report = { taskToken: tokens[0], error: 'STAGING_FAILED', cause: 'disk full' };
    await workflows.client.send(new SendTaskFailureCommand(report));

    await until('the record of the failure', () => failures.length === 1);
    expect(failures).toMatchObject([{ error: 'STAGING_FAILED', cause: 'disk full' }]);
    expect(tokens).toHaveLength(1);
  });
});

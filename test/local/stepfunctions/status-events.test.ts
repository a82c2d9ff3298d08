import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../local/services.ts';
import { each, same } from './distributed-states.ts';
import { openLocal, until } from './harness.ts';

interface Detail {
  readonly executionArn: string;
  readonly status: string;
  readonly input: string | null;
  readonly inputDetails: { readonly included: boolean };
  readonly output: string | null;
  readonly outputDetails: { readonly included: boolean } | null;
  readonly stopDate: number | null;
}

const detailOf = (event: EventEnvelope | undefined) => event?.detail as Detail;

/** Takes events, but refuses the first so many attempts. */
function receive(refusals = 0) {
  const events: EventEnvelope[] = [];
  let attempts = 0;
  const onEvent = async (event: EventEnvelope) => {
    attempts++;
    if (attempts <= refusals) {
      throw new Error('the bus is busy');
    }
    events.push(event);
  };
  return { events, onEvent, attempts: () => attempts };
}

describe('events of status changes', () => {
  it('say that an execution started and how it ended, as AWS words them', async () => {
    const { events, onEvent } = receive();
    await using local = await openLocal({ onEvent });

    const execution = await local.workflows.run({ Only: { Type: 'Pass', Output: 'o', End: true } }, { a: 1 });
    await until('both events', () => events.length === 2);

    const [running, succeeded] = events;
    const startDate = execution.startDate?.getTime();
    const detail = {
      executionArn: execution.executionArn,
      stateMachineArn: execution.stateMachineArn,
      name: execution.name,
      startDate,
      input: '{"a":1}',
      inputDetails: { included: true },
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: 'NOT_REDRIVABLE',
      error: null,
      cause: null,
    };
    expect(running).toEqual({
      version: '0',
      id: expect.any(String),
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      account: '000000000000',
      time: '2026-11-21T04:00:00Z',
      region: 'eu-central-1',
      resources: [execution.executionArn],
      detail: {
        ...detail,
        status: 'RUNNING',
        stopDate: null,
        output: null,
        outputDetails: null,
        redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
      },
    });
    expect(succeeded?.detail).toEqual({
      ...detail,
      status: 'SUCCEEDED',
      stopDate: execution.stopDate?.getTime(),
      output: '"o"',
      outputDetails: { included: true },
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
    expect(succeeded?.id).not.toBe(running?.id);
  });

  it('name error and cause of a failure, a stop and a timeout', async () => {
    const { events, onEvent } = receive();
    await using local = await openLocal({ onEvent });
    const { workflows } = local;
    await workflows.run({ Broken: { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' } });
    const Pause = { Type: 'Wait', Seconds: 9999, End: true };
    const stopped = await workflows.start(await workflows.create({ Pause }));
    const late = await workflows.start(await workflows.create({ Pause }, { TimeoutSeconds: 5 }));
    await workflows.reached(late, 'WaitStateEntered');

    await workflows.client.send(new StopExecutionCommand({ executionArn: stopped, error: 'Enough' }));
    local.time.advance(5);
    await until('six events', () => events.length === 6);

    const ends = events.map(detailOf).filter(({ status }) => status !== 'RUNNING');
    expect(ends).toMatchObject([
      { status: 'FAILED', error: 'Broken', cause: 'on purpose', output: null },
      { status: 'ABORTED', error: 'Enough', cause: null, executionArn: stopped },
      { status: 'TIMED_OUT', error: null, cause: null, executionArn: late },
    ]);
  });

  it('come for the children of a distributed Map and for nested executions, too', async () => {
    const { events, onEvent } = receive();
    await using local = await openLocal({ onEvent });

    await local.workflows.run(each(same), [1, 2]);
    await until('the events of three executions', () => events.length === 6);

    const arns = new Set(events.map((event) => detailOf(event).executionArn));
    expect(arns.size).toBe(3);
  });

  it('leave out payloads that would not fit into an event', async () => {
    const { events, onEvent } = receive();
    await using local = await openLocal({ onEvent });
    const text = 'x'.repeat(130 * 1024);
    const Output = '{% $states.input & $states.input %}';

    await local.workflows.run({ Same: { Type: 'Pass', End: true } }, text);
    await local.workflows.run({ Grow: { Type: 'Pass', Output, End: true } }, 'x'.repeat(127 * 1024));
    await until('four events', () => events.length === 4);

    const [, both, , large] = events.map(detailOf);
    expect(both).toMatchObject({
      input: null,
      inputDetails: { included: false },
      output: JSON.stringify(text),
      outputDetails: { included: true },
    });
    expect(large).toMatchObject({
      input: null,
      inputDetails: { included: false },
      output: null,
      outputDetails: { included: false },
    });
  });

  it('are tried again until they are taken, in the order of the changes', async () => {
    const { events, onEvent, attempts } = receive(2);
    await using local = await openLocal({ onEvent });

    const { executionArn } = await local.workflows.run({ Only: { Type: 'Pass', End: true } });
    await until('both events', () => events.length === 2);

    expect(attempts()).toBe(4);
    expect(events.map((event) => [detailOf(event).executionArn, detailOf(event).status])).toEqual([
      [executionArn, 'RUNNING'],
      [executionArn, 'SUCCEEDED'],
    ]);
  });

  it('that nobody took before a restart come after it', async () => {
    const options: { onEvent: (event: EventEnvelope) => Promise<void> } = {
      onEvent: () => new Promise(() => undefined),
    };
    await using local = await openLocal(options);
    await local.workflows.run({ Only: { Type: 'Pass', End: true } });

    const { events, onEvent } = receive();
    options.onEvent = onEvent;
    await local.restart();

    await until('both events', () => events.length === 2);
    expect(events.map((event) => detailOf(event).status)).toEqual(['RUNNING', 'SUCCEEDED']);
  });
});

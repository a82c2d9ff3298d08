import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAwsEvents } from '../../shared/adapters/aws/events.ts';
import type { ServiceEvent } from '../../shared/ports/events.ts';
import { eventsContract } from './contracts/events.contract.ts';
import { ids } from './support/rows.ts';
import { busName, type RunningEvents, runEvents } from './support/running-events.ts';

let running: RunningEvents;
beforeEach(async () => {
  running = await runEvents();
});
afterEach(() => running.close());

const ended: ServiceEvent = {
  type: 'Restore Ended',
  restore: { restoreId: ids.restore(), jobId: 7, mountId: ids.mount(), state: 'completed' },
};

eventsContract('events on EventBridge', async () => ({
  events: createAwsEvents({ client: running.client, busName }),
  received: async () =>
    (await running.envelopes(2))
      .map((envelope) => ({ type: envelope['detail-type'], ...(envelope.detail as object) }) as ServiceEvent)
      .toSorted((a, b) => (a.type < b.type ? -1 : 1)),
}));

describe('events on EventBridge', () => {
  it('come from holdfast, with the type as their detail type and not in the detail', async () => {
    await createAwsEvents({ client: running.client, busName }).publish(ended);

    const [envelope] = await running.envelopes(1);

    expect(envelope).toMatchObject({ source: 'holdfast', 'detail-type': 'Restore Ended' });
    expect(envelope?.detail).toEqual({ restore: ended.restore });
  });

  it('that EventBridge does not take are reported', async () => {
    const { client } = running;
    // PutEvents answers 200 and says in its body which entries it took.
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const Entries = [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' }];
        Object.assign(result.output, { FailedEntryCount: 1, Entries });
        return result;
      },
      { step: 'initialize' },
    );

    await expect(createAwsEvents({ client, busName }).publish(ended)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('ThrottlingException Rate exceeded'),
    });
  });
});

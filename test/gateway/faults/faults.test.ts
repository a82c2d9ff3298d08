import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watchUploads } from '../../../shared/usecases/uploads/watch-uploads.ts';
import { seededFaults } from '../../support/fault-plan.ts';
import { waitUntil } from '../support/wait-until.ts';
import { FaultyDays } from './faulty-days.ts';

test('backups and restores end well though every fourth call goes wrong', async () => {
  const days = await FaultyDays.begin();
  const faults = seededFaults('one', 4);
  let injected = 0;
  days.proxy.decide = (call) => {
    const fault = faults(call);
    if (fault) injected++;
    return fault;
  };

  await days.run();

  await days.check();
  expect(injected).toBeGreaterThan(10);
});

test.each([
  [5, 'goes on'],
  [15, 'is closed, and another one takes its place'],
])(
  'after %i days without the service the upload %s; what was frozen becomes a recovery point',
  async (days, _) => {
    const store = await FaultyDays.begin();
    const { proxy } = store;
    const { served } = store.store;
    await writeFile(join(store.data, 'piece'), randomBytes(100_000));
    // The service goes away while the first object is on its way.
    let isAway = false;
    proxy.decide = (call) => {
      isAway ||= call.isVault;
      return isAway ? { kind: 'reset' } : undefined;
    };
    await store.freeze();
    await waitUntil('the upload is under way', () => isAway);

    served.service.clock.advance(days * 86_400_000);
    await watchUploads(served.service);
    const before = proxy.calls.length;
    await waitUntil('it is tried again and again', () => proxy.calls.length > before + 5);
    await writeFile(join(store.data, 'piece'), 'the next day');
    expect(await store.points()).toEqual([]);
    // The clocks of the service and the signatures of the days before are no help any more.
    proxy.decide = () => undefined;

    await waitUntil('it is a recovery point', async () => (await store.points()).length === 1);
    await store.check();
  },
);

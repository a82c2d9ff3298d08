import { expect, test } from 'vitest';
import { seededFaults } from '../../support/fault-plan.ts';
import { FaultyDays } from './faulty-days.ts';

test('backups and restores end well though every third call goes wrong', async () => {
  const days = await FaultyDays.begin();
  const faults = seededFaults('one', 3);
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

import { expect, test } from 'vitest';
import { Day } from './day.ts';

// One a phase, each a real SIGKILL at exactly this step; `sweep.prove.ts` goes through all steps.
const crashes = [
  'journal INSERT INTO snapshots (snapshot_id, mount_id, number,#1',
  'copyFile oracle_data to snapshots#1',
  'rename listings to listings#1',
  'answer of PUT packs#1',
  "journal UPDATE snapshots SET state = 'committed'#1",
  'answer of POST /v1/uploads/late-logs#1',
  // Of the incremental.
  'answer of PUT packs#1',
  'rename staging to restores#1',
  'rm trash#1',
];

test('a day in which the gateway dies in every phase ends like any other: nothing twice, nothing lost', async () => {
  const day = await Day.begin({ crashes });

  await day.run();

  await day.check();
  expect(day.gateway.deaths).toBe(crashes.length);
});

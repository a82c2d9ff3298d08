import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPlatform } from '../local/start/platform.ts';
import { Subject } from './mover/subject.ts';
import { reportPairs } from './support/ratio.ts';

// How near the time that a plan predicts comes to the time that the restore then takes, on the running product: the
// store restores a small and a large point a few times, then one in between is planned and restored, five times.

const MIB = 2 ** 20;
const SIZES_MIB = { small: 16, large: 192, planned: 96 } as const;
const EARLIER = 3;
const ROUNDS = 5;
/** Of the measured time. */
const MOST_OFF = 0.2;

const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-restore-plan-'));
const platform = await startPlatform({ directory, gatewayPort: 0, say: () => {} });
try {
  const points = {
    small: await backUp('small'),
    large: await backUp('large'),
    planned: await backUp('planned'),
  };
  for (let round = 0; round < EARLIER; round++) {
    await restore(points.small);
    await restore(points.large);
  }
  const predicted: number[] = [];
  const measured: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { recoveryPointId } = points.planned;
    const { time } = await platform.call('planRestore', { body: { recoveryPointId } });
    predicted.push(time.seconds);
    measured.push(await restore(points.planned));
    process.stdout.write(
      `predicted ${time.seconds.toFixed(2)} s by ${time.restores} restores, measured ${measured.at(-1)?.toFixed(2)} s\n`,
    );
  }
  const pairs = { ours: predicted, peers: measured, unit: 's' };
  reportPairs({ ...pairs, what: 'predicted, not too short', limit: { atLeast: 1 - MOST_OFF } });
  reportPairs({ ...pairs, what: 'predicted, not too long', limit: { atMost: 1 + MOST_OFF } });
} finally {
  await platform.close();
  rmSync(directory, { recursive: true, force: true });
}

async function backUp(name: keyof typeof SIZES_MIB) {
  const subject = await Subject.make(platform, name);
  const bytes = randomFillSync(Buffer.alloc(SIZES_MIB[name] * MIB));
  await subject.begin();
  writeFileSync(join(subject.folder, 'piece'), bytes);
  const { recoveryPointId } = await subject.finish();
  return { subject, recoveryPointId };
}

/** In seconds; the staged files go. */
async function restore({ subject, recoveryPointId }: Awaited<ReturnType<typeof backUp>>): Promise<number> {
  const { seconds, folder } = await subject.restore(recoveryPointId);
  rmSync(folder, { recursive: true });
  return seconds;
}

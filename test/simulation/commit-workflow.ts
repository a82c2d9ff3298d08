import type { Instant } from '../../shared/domain/instant.ts';
import type { VersionMarker } from '../../shared/ports/vault.ts';
import { announceRecoveryPoint } from '../../shared/usecases/commit/announce-recovery-point.ts';
import type { CommitRun } from '../../shared/usecases/commit/find-committing.ts';
import { type LockProgress, lockObjects } from '../../shared/usecases/commit/lock-objects.ts';
import { recordRecoveryPoint } from '../../shared/usecases/commit/record-recovery-point.ts';
import { refuseCommit } from '../../shared/usecases/commit/refuse-commit.ts';
import { verifyManifest } from '../../shared/usecases/commit/verify-manifest.ts';
import { verifyObjects } from '../../shared/usecases/commit/verify-objects.ts';
import { buildFileMap } from '../../shared/usecases/databases/build-file-map.ts';
import { judgeRecoverability } from '../../shared/usecases/databases/judge-recoverability.ts';
import { readLogs } from '../../shared/usecases/databases/read-logs.ts';
import { storeJournal } from '../../shared/usecases/journal/store-journal.ts';
import { runStep, StepFailed, unlessFailed } from './run-step.ts';
import type { World } from './world.ts';

/** As statemachines/commit-upload.asl.json has it. */
export async function runCommitWorkflow(world: World, run: CommitRun): Promise<void> {
  const point = await orRefused(world, run, () => commit(world, run));
  if (point === undefined) return;
  const { recoveryPointId, mountId } = point;
  // What fails from here on the watch repeats.
  await unlessFailed(() => runStep(world, 'Store journal', (ports) => storeJournal(ports, mountId)));
  await unlessFailed(() =>
    runStep(world, 'Announce recovery point', (ports) => announceRecoveryPoint(ports, recoveryPointId)),
  );
}

async function commit(world: World, run: CommitRun) {
  const [totals] = await Promise.all([
    runStep(world, 'Verify manifest', (ports) => verifyManifest(ports, run)),
    verifyAllObjects(world, run),
  ]);
  const lockedUntil = await lock(world, run);
  if (totals.logs !== 0)
    await unlessFailed(() => runStep(world, 'Read logs', (ports) => readLogs(ports, run)));
  const map = await unlessFailed(() => runStep(world, 'Build file map', (ports) => buildFileMap(ports, run)));
  const judging = map && (await judge(world, { ...run, number: map.fileMap.number }));
  const noMap = { fileMap: { state: 'failed' as const, reason: 'it died' }, warnings: [] };
  return runStep(
    world,
    'Record recovery point',
    (ports) => recordRecoveryPoint(ports, { ...run, totals, map: map ?? noMap, judging, lockedUntil }),
    { retries: 6 },
  );
}

async function verifyAllObjects(world: World, run: CommitRun): Promise<void> {
  let after: VersionMarker | undefined;
  do {
    const marker = after;
    const progress = await runStep(world, 'Verify objects', (ports) =>
      verifyObjects(ports, { ...run, after: marker }),
    );
    after = progress.done ? undefined : progress.after;
  } while (after !== undefined);
}

/** Where the vault has Object Lock. */
async function lock(world: World, run: CommitRun): Promise<Instant | undefined> {
  const settings = world.climate.lock;
  if (settings === undefined) return undefined;
  let progress: LockProgress | undefined;
  do {
    const from = progress?.next;
    progress = await runStep(world, 'Lock objects', (ports) =>
      lockObjects({ ...ports, lock: settings }, { ...run, from }),
    );
  } while (progress.next !== undefined);
  return progress.lockedUntil;
}

async function judge(world: World, run: CommitRun & { readonly number: number }) {
  const judging = await unlessFailed(() =>
    runStep(world, 'Judge recoverability', (ports) => judgeRecoverability(ports, run)),
  );
  return judging ?? { state: 'failed' as const, reason: 'it died' };
}

async function orRefused<T>(world: World, run: CommitRun, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    const { code, message } = error;
    await unlessFailed(() =>
      runStep(world, 'Refuse commit', (ports) => refuseCommit(ports, { ...run, code, message })),
    );
    return undefined;
  }
}

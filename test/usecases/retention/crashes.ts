import { expect } from 'vitest';
import type { MountId } from '../../../shared/domain/ids.ts';
import { executePlan } from '../../../shared/usecases/retention/execute-plan.ts';
import { makePlan } from '../../../shared/usecases/retention/make-plan.ts';
import { createPointContents } from '../../../shared/usecases/retention/point-contents.ts';
import { Crash, type CrashPlan, crashing } from '../../support/crashing.ts';
import type { MemoryService } from '../../support/uploading.ts';
import { admin, arrange, call, journalOf, judged, operator, pointOf, stateOf } from './seeding.ts';

/** The service as a function has it that dies at one call of a port. */
export function dying(service: MemoryService, plan: CrashPlan): MemoryService {
  const { catalog, vault } = service;
  return { ...service, catalog: crashing(catalog, plan), vault: crashing(vault, plan) };
}

/** Six points of a database, four of them due; a share that allows two a day. */
export async function arrangeDue() {
  const { service, mountId } = await arrange();
  const points = [];
  for (const age of [60, 50, 40, 30, 2, 1]) points.push(await pointOf(service, mountId, age, judged('77')));
  await call(service, 'changePolicy', admin, { params: { mountId }, body: { maxExpiredPercentPerDay: 70 } });
  return { service, mountId, points };
}

/** A run of retention over one mount. */
export async function runOnce(service: MemoryService, mountId: MountId) {
  const dependencies = { ...service, contents: createPointContents(service.vault) };
  const { note } = await makePlan(dependencies, mountId);
  return executePlan(dependencies, { mountId, sha256: note.sha256, most: 100 });
}

/** Dies at one call, then runs to its end: the same points are gone, each marked once, named by a plan and journaled. */
export async function crashAndRepeat(at: number, when: CrashPlan['when']): Promise<boolean> {
  const { service, mountId, points } = await arrangeDue();
  const died = await runOnce(dying(service, { calls: 0, at, when }), mountId).then(
    () => false,
    (error: unknown) => {
      if (error instanceof Crash) return true;
      throw error;
    },
  );
  await runOnce(service, mountId);

  const states = await Promise.all(points.map((point) => stateOf(service, point)));
  expect(states.map((state) => state === 'pending-deletion')).toEqual([true, true, true, true, false, false]);
  const entries = await journalOf(service, mountId);
  const marks = entries.filter(({ kind }) => kind === 'recovery-point-pending');
  expect(new Set(marks.map(({ data }) => data.recoveryPointId)).size).toBe(4);
  expect(marks).toHaveLength(4);
  for (const { data } of marks) {
    const { planSha256 } = data.deletion as { planSha256: string };
    await call(service, 'showRetentionPlan', operator, { params: { mountId, sha256: planSha256 } });
  }
  const mount = await service.catalog.mounts.find(mountId);
  expect(mount?.journal.stored).toBe(mount?.journal.number);
  expect(mount?.expiries?.reduce((sum, { points: counted }) => sum + counted, 0)).toBe(4);
  return died;
}

import { changePolicy } from '../../shared/usecases/retention/change-policy.ts';
import { executePlan } from '../../shared/usecases/retention/execute-plan.ts';
import { liftHold } from '../../shared/usecases/retention/holds.ts';
import { makePlan } from '../../shared/usecases/retention/make-plan.ts';
import { createPointContents } from '../../shared/usecases/retention/point-contents.ts';
import { previewRetention } from '../../shared/usecases/retention/preview.ts';
import { admin } from './people.ts';
import type { World } from './world.ts';

const day = 86_400_000;

/** After a while in which nothing happens, each mount's preview names exactly what its run then marks (I6, S36). */
export async function comparePreviewAndRun(world: World): Promise<void> {
  const { state, truth, random, scheduler, vault } = world;
  scheduler.now += random.below(20 * day);
  const ports = { catalog: world.presentCatalog(), vault, clock: world.serviceClock };
  for (const { mountId, reconciliation } of [...state.mounts.values()]) {
    if (reconciliation !== undefined) continue;
    // What the old rules still kept goes by new ones, as far as nothing protects it.
    const rules = {
      expire: '1h',
      floor: 1,
      keep: null,
      maxExpiredPercentPerDay: random.pick([50, 100, 100]),
    };
    await changePolicy(ports, admin, mountId, rules);
    for (const { holdId } of state.holds.values()) {
      if (random.chance(0.3)) continue;
      truth.departures.lifting(holdId);
      await liftHold({ ...ports, ids: world.ids }, admin, holdId);
    }
    const dependencies = { ...ports, contents: createPointContents(vault) };
    const preview = await previewRetention(dependencies, admin, mountId, {});
    const { plan, note } = await makePlan(dependencies, mountId);
    if (plan.stopped !== undefined || preview.stopped !== undefined) {
      if (JSON.stringify(plan.stopped) !== JSON.stringify(preview.stopped)) {
        truth.violate(`the preview of ${mountId} stops otherwise than its plan`);
      }
      continue;
    }
    const isAvailable = (id: string) => state.recoveryPoints.get(id as never)?.state === 'available';
    const before = [...state.recoveryPoints.keys()].filter(isAvailable);
    await executePlan(dependencies, { mountId, sha256: note.sha256, most: 1000 });
    const marked = before.filter((id) => !isAvailable(id)).sort();
    const previewed = preview.expire.map(({ recoveryPointId }) => recoveryPointId).sort();
    truth.count('preview and run compared');
    if (marked.length > 0) truth.count('preview of what a run marks');
    if (marked.join() !== previewed.join()) {
      truth.violate(`the preview of ${mountId} says ${previewed.join()}, its run marks ${marked.join()}`);
    }
  }
}

import { emptyState } from '../../shared/adapters/memory/catalog/state.ts';
import type { MountId } from '../../shared/domain/ids.ts';
import { rebuildCatalog } from '../../shared/usecases/catalog-rebuild/rebuild-catalog.ts';
import { signOffReconciliation } from '../../shared/usecases/catalog-rebuild/sign-off.ts';
import { storeJournal } from '../../shared/usecases/journal/store-journal.ts';
import { admin } from './people.ts';
import { invoke } from './run-step.ts';
import type { World } from './world.ts';

const minute = 60_000;
const hour = 60 * minute;
const mostRuns = 40;

/**
 * The catalog is lost, or somebody has put an old copy in its place. Everything goes on for a while as if nothing had
 * happened, then it is rebuilt from the vault, and signed off later still.
 */
export async function sufferDisaster(world: World): Promise<void> {
  const { random, scheduler, truth } = world;
  const isLost = random.chance(0.4);
  const copy = isLost ? emptyState() : random.pick(world.backups);
  if (copy === undefined) return;
  truth.count(isLost ? 'catalog lost' : 'catalog from the past');
  truth.beginDisaster();
  world.putStateBack(copy);
  await scheduler.sleep(isLost ? 0 : random.below(2 * 24 * hour));
  for (let run = 0; !(await rebuild(world, isLost)); run++) {
    if (run > mostRuns) truth.violate('I8: the catalog cannot be rebuilt');
    await scheduler.sleep(random.below(2 * hour));
  }
  truth.endDisaster();
  await scheduler.sleep(random.below(24 * hour));
  for (const mountId of world.state.mounts.keys()) await signOff(world, mountId);
}

/** In runs of some mounts each, until one has come through. */
async function rebuild(world: World, isLost: boolean): Promise<boolean> {
  // An empty catalog is asked for once: what a run that died has left is brought up to the vault.
  const isEmpty = isLost && world.state.mounts.size === 0 && world.state.stores.size === 0;
  const mode = isEmpty ? 'empty' : 'replay';
  const end = await invoke(world, 'Rebuild', (ports) => rebuildCatalog(ports, { mode, by: 'somebody' }));
  world.truth.judgeError('Rebuild', end);
  if (end.outcome !== 'done' || end.value.failed.length > 0) return false;
  return end.value.next === undefined;
}

async function signOff(world: World, mountId: MountId): Promise<void> {
  for (let run = 0; run < mostRuns; run++) {
    const end = await invoke(world, 'Sign off', async (ports) => {
      await signOffReconciliation(ports, admin, mountId);
      await storeJournal(ports, mountId);
    });
    world.truth.judgeError('Sign off', end);
    if (end.outcome === 'done') return;
    // A second run that overlapped the first had taken the mount, and died: whoever meets that runs it once more.
    if (world.state.mounts.get(mountId)?.diverged !== undefined) {
      world.truth.beginDisaster();
      await rebuild(world, false);
      world.truth.endDisaster();
    }
    await world.scheduler.sleep(hour);
  }
  world.truth.violate(`I8: ${mountId} cannot be signed off`);
}

import type { Caller } from '../../shared/domain/access.ts';
import type { StoreCommand } from '../../shared/domain/restore.ts';
import { reportRemoval } from '../../shared/usecases/restores/report-removal.ts';
import { reportRestoreProgress, reportRestoreResult } from '../../shared/usecases/restores/report-restore.ts';
import { differenceOf } from './final-state.ts';
import { readPoint } from './read-point.ts';
import type { TaskPorts } from './task-ports.ts';
import type { World } from './world.ts';

const progress = { filesDone: 1, filesTotal: 1, bytesDone: 1, bytesTotal: 1 };

/** The gateway polls, and stages what it is told to: every object is there as long as the restore goes on. */
export async function pollForRestores(world: World, caller: Caller): Promise<void> {
  const { scheduler, random, state } = world;
  const { storeId } = caller;
  if (storeId === undefined || state.commands.size === 0) return;
  const end = await scheduler.run('the gateway polls', 'gateway', (task) =>
    world.portsOf(task).catalog.restores.commandsFor(storeId),
  );
  if (end.outcome !== 'done') return;
  for (const command of end.value) {
    const ordered = state.restores.get(command.restoreId);
    if (ordered && ordered.storeId !== storeId && !world.truth.isDisaster) {
      world.truth.violate(`I9: ${storeId} is told of ${command.restoreId}, which is another store's`);
    }
    if (random.chance(0.2)) continue;
    const carryOut = command.kind === 'remove-staged' ? remove : stage;
    const staged = await scheduler.run('the gateway stages', 'gateway', (task) =>
      carryOut(world, world.portsOf(task), caller, command),
    );
    world.truth.judgeError('staging', staged);
  }
}

/** At the end of a lease, or sooner at the store itself. */
async function remove(
  { random, truth }: World,
  ports: TaskPorts,
  caller: Caller,
  { restoreId }: StoreCommand,
): Promise<void> {
  const because = random.pick(['lease-ended', 'deleted'] as const);
  await reportRemoval(ports, caller, { restoreId, outcome: 'removed', because });
  truth.count('staged files removed');
}

async function stage(
  world: World,
  ports: TaskPorts,
  caller: Caller,
  { restoreId, fence }: StoreCommand,
): Promise<void> {
  const { recoveryPointId } = await reportRestoreProgress(ports, caller, { restoreId, fence, progress });
  const point = await ports.catalog.recoveryPoints.find(recoveryPointId);
  const offer = point && world.truth.offerOf(point);
  if (point === undefined || offer === undefined) return;
  try {
    const difference = differenceOf(offer.files, await readPoint(ports.vault, point));
    if (difference !== undefined)
      world.truth.violate(`I1: ${restoreId} of ${recoveryPointId}: ${difference}`);
  } catch (error) {
    // A restore that was given up meanwhile has no claim to its objects any more.
    const restore = world.state.restores.get(restoreId);
    const isRunning = restore !== undefined && restore.endedAt === undefined && !world.truth.isDisaster;
    const objects = offer.keys.filter((key) => world.truth.contents.everLost.has(key)).slice(0, 100);
    if (objects.length > 0) {
      const damage = { filesDamaged: 1, bytesDamaged: 1, files: [], objectsDamaged: objects.length, objects };
      await reportRestoreResult(ports, caller, {
        ...{ restoreId, fence, outcome: 'completed-with-damage', progress, damage },
      });
      world.truth.count('restored with damage');
    } else if (isRunning) world.truth.violate(`I1: ${restoreId} of ${recoveryPointId}: ${String(error)}`);
    return;
  }
  const isWell = world.random.chance(0.8);
  const result = isWell
    ? ({ outcome: 'completed', progress } as const)
    : ({ outcome: 'failed', code: 'DISK_FULL', reason: 'no room' } as const);
  await reportRestoreResult(ports, caller, { restoreId, fence, ...result });
}

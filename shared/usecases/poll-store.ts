import type { MountId, StoreId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { Mount } from '../domain/mount.ts';
import { type Restore, restoreEndStates, type StoreCommand } from '../domain/restore.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Clock } from '../ports/clock.ts';
import { requireProtocol } from './activate-store.ts';
import { listAll } from './list-all.ts';

/** While a store has work its progress is watched by people. */
const busySeconds = 2;

export interface PollAnswer {
  readonly serviceTime: Instant;
  readonly pollAfterSeconds: number;
  readonly mounts: readonly (Mount & { readonly lastSnapName?: string })[];
  readonly commands: readonly { readonly command: StoreCommand; readonly restore: Restore }[];
}

/** A gateway's heartbeat: notes that it is alive and which mounts it carries, and answers what it has to do. */
export async function pollStore(
  {
    catalog,
    clock,
  }: { catalog: Pick<Catalog, 'stores' | 'mounts' | 'recoveryPoints' | 'restores'>; clock: Clock },
  input: {
    storeId: StoreId;
    /** Whether its chain of polls shows that the gateway's journal knows all that the service knows of it. */
    isJournalCurrent: boolean;
    idleSeconds: number;
    protocolVersion: number;
    gatewayVersion: string;
    mounts: readonly { mountId: MountId; state: 'ready' | 'inconsistent' }[];
  },
): Promise<PollAnswer> {
  requireProtocol(input.protocolVersion);
  const now = clock.now();
  await catalog.stores.noteSeen(input.storeId, { at: now, gatewayVersion: input.gatewayVersion });

  const mounts = await listAll((page) => catalog.mounts.list({ storeId: input.storeId }, page));
  const carried = new Set(
    input.mounts.filter(({ state }) => state === 'ready').map(({ mountId }) => mountId),
  );
  const newlyReady = mounts.filter(({ mountId, state }) => state === 'creating' && carried.has(mountId));
  for (const { mountId } of newlyReady) await catalog.mounts.markReady(mountId);

  const commands = await currentCommands(catalog, input.storeId, now);
  return {
    serviceTime: now,
    pollAfterSeconds: commands.length > 0 ? Math.min(busySeconds, input.idleSeconds) : input.idleSeconds,
    mounts: await Promise.all(
      mounts.map((mount) =>
        input.isJournalCurrent && carried.has(mount.mountId) ? mount : withLastName(catalog, mount),
      ),
    ),
    commands,
  };
}

/** A gateway on new hardware, or with a journal from the past, would give its next snapshot a name of the line again. */
async function withLastName(catalog: Pick<Catalog, 'recoveryPoints'>, mount: Mount) {
  const head = mount.headId && (await catalog.recoveryPoints.find(mount.headId));
  return head ? { ...mount, lastSnapName: head.snapName } : mount;
}

async function currentCommands(catalog: Pick<Catalog, 'restores'>, storeId: StoreId, now: Instant) {
  const commands = [];
  for (const command of await catalog.restores.commandsFor(storeId)) {
    const restore = await catalog.restores.find(command.restoreId);
    const isCurrent = restore !== undefined && restore.fence === command.fence && now < command.deadline;
    const hasEnded = restore !== undefined && restoreEndStates.some((state) => state === restore.state);
    if (isCurrent && !hasEnded) commands.push({ command, restore });
  }
  return commands;
}

import type { StoreId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import { type Restore, restoreEndStates, type StoreCommand } from '../domain/restore.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Clock } from '../ports/clock.ts';
import { agreeOnProtocol } from './activate-store.ts';
import { followReports, type ListedMount, listMounts } from './follow-reports.ts';
import { followStore } from './follow-store.ts';
import type { PollInput, ServedState } from './poll-input.ts';

/** While a store has work its progress is watched by people. */
const busySeconds = 2;

/** Lists of chosen paths in one answer, which may have 6 MB with everything else. */
const maxCommandBytes = 3 * 2 ** 20;

type Dependencies = {
  readonly catalog: Pick<Catalog, 'stores' | 'mounts' | 'recoveryPoints' | 'restores' | 'credentials'>;
  readonly clock: Clock;
};

export interface PollAnswer {
  readonly protocolVersion: number;
  readonly serviceTime: Instant;
  readonly pollAfterSeconds: number;
  readonly storeState: ServedState;
  readonly mounts: readonly ListedMount[];
  readonly commands: readonly { readonly command: StoreCommand; readonly restore: Restore }[];
}

/**
 * A gateway's heartbeat: notes that it is alive and what it reports, and answers what it has to do. States of store and
 * mounts are answered as they are to be, not as commands: whoever misses an answer follows the next one.
 * Throws GATEWAY_TOO_OLD, SERVICE_TOO_OLD, STORE_NOT_FOUND.
 */
export async function pollStore(dependencies: Dependencies, input: PollInput): Promise<PollAnswer> {
  const { catalog, clock } = dependencies;
  const { storeId, gatewayVersion, capabilities, idleSeconds } = input;
  const protocolVersion = agreeOnProtocol(input);
  const now = clock.now();
  await catalog.stores.noteSeen(storeId, { at: now, gatewayVersion, capabilities });

  const mounts = await followReports(dependencies, input, now);
  const commands = await currentCommands(catalog, storeId, now);
  const storeState = await followStore(dependencies, input, mounts);
  return {
    protocolVersion,
    serviceTime: now,
    pollAfterSeconds: commands.length > 0 ? Math.min(busySeconds, idleSeconds) : idleSeconds,
    storeState,
    mounts: await listMounts(catalog, input, mounts),
    commands,
  };
}

async function currentCommands(catalog: Pick<Catalog, 'restores'>, storeId: StoreId, now: Instant) {
  const commands = [];
  let bytes = 0;
  for (const command of await catalog.restores.commandsFor(storeId)) {
    const restore = await catalog.restores.find(command.restoreId);
    const isCurrent = restore !== undefined && restore.fence === command.fence && now < command.deadline;
    const hasEnded = restore !== undefined && restoreEndStates.some((state) => state === restore.state);
    if (!isCurrent || hasEnded) continue;
    bytes += JSON.stringify([restore.paths, restore.owners]).length;
    // The oldest first and always the same ones: the others come down when these have ended.
    if (bytes > maxCommandBytes && commands.length > 0) break;
    commands.push({ command, restore });
  }
  return commands;
}

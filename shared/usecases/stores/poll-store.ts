import { type BackupRequest, isWithStore } from '../../domain/backup-request.ts';
import type { MountId } from '../../domain/ids.ts';
import { type Instant, toMillis } from '../../domain/instant.ts';
import type { SnapshotOrder } from '../../domain/mount.ts';
import type { Restore, StoreCommand } from '../../domain/restore.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { followAgent } from '../requests/follow-agent.ts';
import { agreeOnProtocol } from './activate-store.ts';
import { currentCommands } from './current-commands.ts';
import { followReports, type ListedMount, listMounts } from './follow-reports.ts';
import { followStore } from './follow-store.ts';
import type { PollInput, ServedState } from './poll-input.ts';

/** While a store has work its progress is watched by people. */
const busySeconds = 2;

type Dependencies = {
  readonly catalog: Pick<
    Catalog,
    'stores' | 'mounts' | 'recoveryPoints' | 'restores' | 'credentials' | 'requests' | 'agents'
  >;
  readonly clock: Clock;
};

export interface PollAnswer {
  readonly protocolVersion: number;
  readonly serviceTime: Instant;
  readonly pollAfterSeconds: number;
  readonly storeState: ServedState;
  readonly mounts: readonly ListedMount[];
  readonly commands: readonly { readonly command: StoreCommand; readonly restore: Restore }[];
  /** Orders of snapshots. */
  readonly snapshots: readonly (SnapshotOrder & { readonly mountId: MountId })[];
  /** Those that the store is to carry out. */
  readonly requests: readonly BackupRequest[];
}

/**
 * A gateway's heartbeat: notes that it is alive and what it reports, and answers what it has to do. States of store and
 * mounts are answered as they are to be, not as commands: whoever misses an answer follows the next one.
 * Throws GATEWAY_TOO_OLD, SERVICE_TOO_OLD, STORE_NOT_FOUND.
 */
export async function pollStore(dependencies: Dependencies, input: PollInput): Promise<PollAnswer> {
  const { catalog, clock } = dependencies;
  const { storeId, gatewayVersion, capabilities, idleSeconds, sentAt } = input;
  const protocolVersion = agreeOnProtocol(input);
  const now = clock.now();
  const clockAheadSeconds = sentAt && Math.round((toMillis(sentAt) - toMillis(now)) / 1000);
  // Side by side: none needs what another finds, and an order waits for this answer.
  const [mounts, commands, running, store] = await Promise.all([
    followReports(dependencies, input, now),
    currentCommands(catalog, storeId, now),
    catalog.requests.runningOf(storeId),
    catalog.stores.find(storeId),
    followAgent(catalog, input, now),
    catalog.stores.noteSeen(storeId, { at: now, gatewayVersion, capabilities, clockAheadSeconds }),
  ]);
  if (store === undefined) throw new ServiceError('STORE_NOT_FOUND', `there is no store ${storeId}`);
  const storeState = await followStore(dependencies, input, { store, mounts });
  const snapshots = mounts.flatMap(({ mountId, snapshotOrder }) =>
    snapshotOrder?.state === 'ordered' && now < snapshotOrder.deadline ? [{ ...snapshotOrder, mountId }] : [],
  );
  const isWatched =
    running.length + snapshots.length > 0 || commands.some(({ command }) => command.kind === 'stage-restore');
  return {
    protocolVersion,
    serviceTime: now,
    pollAfterSeconds: isWatched ? Math.min(busySeconds, idleSeconds) : idleSeconds,
    storeState,
    mounts: await listMounts(catalog, input, mounts),
    commands,
    snapshots,
    requests: running.filter(({ state, deadline }) => isWithStore({ state }) && now < deadline),
  };
}

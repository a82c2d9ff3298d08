import type { Caller } from '../../domain/access.ts';
import type { HoldId, MountId } from '../../domain/ids.ts';
import { isLive } from '../../domain/recovery-point.ts';
import type { Hold, HoldTarget } from '../../domain/retention/hold.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Vault } from '../../ports/vault.ts';
import { findMount, findRecoveryPoint } from '../access/find-owned.ts';
import { claimFor, type IdempotencyKey, keyReused } from '../idempotency.ts';
import { requireJournalStored } from '../journal/require-journal-stored.ts';
import { changeLine, entryFor } from './change-line.ts';

export interface HoldDependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'databases' | 'holds' | 'outbox'>;
  readonly vault: Pick<Vault, 'putOnce'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** What is asked for; the mount of a point is found out. */
export type HoldOrder =
  | Omit<Extract<HoldTarget, { kind: 'point' }>, 'mountId'>
  | Exclude<HoldTarget, { kind: 'point' }>;

/**
 * Places a hold. When this returns, no run can delete what it protects: every mount that it touches was raised after it was
 * in force (PROTOCOL 10). A database's hold also protects on mounts that the database comes to later. Cut off on its way, the hold
 * protects or is not there; with the same idempotency key it is brought to its end. Throws REQUEST_INVALID,
 * RECOVERY_POINT_NOT_FOUND, RECOVERY_POINT_NOT_AVAILABLE, MOUNT_NOT_FOUND, DATABASE_NOT_FOUND, IDEMPOTENCY_KEY_REUSED.
 */
export async function placeHold(
  dependencies: HoldDependencies,
  caller: Caller,
  order: {
    readonly target: HoldOrder;
    readonly reason: string;
    readonly idempotency?: IdempotencyKey | undefined;
  },
): Promise<Hold> {
  const { catalog, clock, ids } = dependencies;
  const target = await findTarget(catalog, caller, order.target);
  const drafted: Hold = {
    ...{ holdId: ids.hold(), target, reason: order.reason },
    ...{ placedBy: caller.credentialId, placedAt: clock.now() },
  };
  const hold = await placeOnce(dependencies, drafted, order.idempotency);
  if (hold.lifted !== undefined) return hold;
  for (const mountId of await mountsOf(catalog, hold)) {
    if (target.kind === 'database') await raiseMount(dependencies, hold, mountId);
    await storeAll(dependencies, mountId);
  }
  return hold;
}

/** Lifts a hold: what it held is decided on anew. Again changes nothing. Throws HOLD_NOT_FOUND. */
export async function liftHold(
  dependencies: HoldDependencies,
  caller: Caller,
  holdId: HoldId,
): Promise<Hold> {
  const { catalog, clock } = dependencies;
  const hold = await findHold(catalog, holdId);
  if (hold.lifted === undefined) {
    const mountIds = await mountsOf(catalog, hold);
    for (const mountId of mountIds) await lowerMount(dependencies, caller, hold, mountId);
    for (const mountId of mountIds) await storeAll(dependencies, mountId);
    // Last: a lifting that is cut off holds on, and is asked for again.
    await catalog.holds.end(hold, { at: clock.now(), by: caller.credentialId });
  }
  return findHold(catalog, holdId);
}

/** The hold. Throws HOLD_NOT_FOUND. */
export async function findHold({ holds }: Pick<Catalog, 'holds'>, holdId: HoldId): Promise<Hold> {
  const hold = await holds.find(holdId);
  if (hold !== undefined) return hold;
  throw new ServiceError('HOLD_NOT_FOUND', `there is no hold ${holdId}`);
}

async function findTarget(
  catalog: HoldDependencies['catalog'],
  caller: Caller,
  target: HoldOrder,
): Promise<HoldTarget> {
  if (target.kind === 'point') {
    const point = await findRecoveryPoint(catalog, caller, target.recoveryPointId);
    if (isLive(point.state)) return { ...target, mountId: point.mountId };
    throw new ServiceError(
      'RECOVERY_POINT_NOT_AVAILABLE',
      `recovery point ${target.recoveryPointId} is ${point.state}: a hold would hold nothing`,
    );
  }
  if (target.from !== undefined && target.before !== undefined && target.before <= target.from) {
    throw new ServiceError('REQUEST_INVALID', 'the time span ends before it begins');
  }
  if (target.kind === 'mount') await findMount(catalog, caller, target.mountId);
  else if ((await catalog.databases.find(target.databaseId)) === undefined) {
    throw new ServiceError('DATABASE_NOT_FOUND', `there is no database ${target.databaseId}`);
  }
  return target;
}

/** The hold that is now there: this one, or the one that an earlier request with the same key placed. */
async function placeOnce(
  { catalog, clock }: HoldDependencies,
  hold: Hold,
  idempotency: IdempotencyKey | undefined,
): Promise<Hold> {
  const claim = claimFor(idempotency, hold.holdId, clock);
  const { target } = hold;
  const settle = (outcome: Awaited<ReturnType<typeof catalog.holds.place>>): HoldId | 'conflict' => {
    if (outcome.outcome === 'key-reused') throw keyReused();
    if (outcome.outcome === 'conflict') return 'conflict';
    return outcome.outcome === 'repeated' ? (outcome.resourceId as HoldId) : hold.holdId;
  };
  if (target.kind === 'database') {
    const placed = settle(await catalog.holds.place(hold, undefined, claim));
    if (placed === 'conflict') throw new ServiceError('COMMIT_CONFLICT', 'the hold was not placed');
    return findHold(catalog, placed);
  }
  const placed = await changeLine(catalog, target.mountId, async (mount) => {
    // What was read of the point may have changed since.
    if (target.kind === 'point' && !(await isPointLive(catalog, target))) {
      throw new ServiceError(
        'RECOVERY_POINT_NOT_AVAILABLE',
        `point ${target.recoveryPointId} is no longer live`,
      );
    }
    const entry = entryFor(mount, setEvent(hold));
    return settle(await catalog.holds.place(hold, { mount, entry }, claim));
  });
  return findHold(catalog, placed);
}

async function isPointLive(
  { recoveryPoints }: Pick<Catalog, 'recoveryPoints'>,
  { recoveryPointId }: Extract<HoldTarget, { kind: 'point' }>,
): Promise<boolean> {
  const point = await recoveryPoints.find(recoveryPointId);
  return point !== undefined && isLive(point.state);
}

const setEvent = (hold: Hold) => ({
  ...{ at: hold.placedAt, kind: 'hold-set' },
  data: { hold, by: hold.placedBy },
});

/** Read after the hold is in force: a mount that comes to the database later finds it. */
async function mountsOf(
  { databases }: Pick<Catalog, 'databases'>,
  { target }: Hold,
): Promise<readonly MountId[]> {
  if (target.kind !== 'database') return [target.mountId];
  return (await databases.find(target.databaseId))?.mountIds ?? [];
}

const raiseMount = ({ catalog }: HoldDependencies, hold: Hold, mountId: MountId): Promise<'raised'> =>
  changeLine(catalog, mountId, (mount) =>
    catalog.holds.raise(mount, hold, entryFor(mount, setEvent(hold))),
  ) as Promise<'raised'>;

async function lowerMount(
  { catalog, clock }: HoldDependencies,
  caller: Caller,
  hold: Hold,
  mountId: MountId,
): Promise<void> {
  const { holdId } = hold;
  await changeLine(catalog, mountId, (mount) => {
    const at = clock.now();
    const data = { holdId, by: caller.credentialId };
    const entry = entryFor(mount, { at, kind: 'hold-lifted', data });
    return catalog.holds.lower(mount, hold, { dueAt: at, entry });
  });
}

async function storeAll(dependencies: HoldDependencies, mountId: MountId): Promise<void> {
  const mount = await dependencies.catalog.mounts.find(mountId);
  if (mount !== undefined) await requireJournalStored(dependencies, mountId, mount.journal.number);
}

import type { Caller } from '../../domain/access.ts';
import type { RestoreId } from '../../domain/ids.ts';
import { leaseFrom, parseLease } from '../../domain/lease.ts';
import type { Restore } from '../../domain/restore.ts';
import { ServiceError } from '../../errors.ts';
import type { Lease } from '../../ports/catalog/staged-files.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { findRestore } from '../access/find-owned.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'restores'>;
  readonly clock: Clock;
}

/** Each lost race is another lease, or the beginning of the removal. */
const maxAttempts = 5;

/**
 * Lets staged files stay until `lease` from now. Throws RESTORE_NOT_FOUND, LEASE_INVALID where that is not later than the present
 * end, and RESTORE_STATE_CONFLICT once they are being removed: what is half gone must not be promised to anybody.
 */
export function renewLease(
  dependencies: Dependencies,
  caller: Caller,
  { restoreId, lease }: { restoreId: RestoreId; lease: string },
): Promise<Restore> {
  const millis = parseLease(lease);
  return changeLease(dependencies, caller, restoreId, ({ leaseUntil }) => {
    const next = leaseFrom(dependencies.clock.now(), millis);
    if (leaseUntil === undefined || leaseUntil < next.until) return next;
    throw new ServiceError(
      'LEASE_INVALID',
      `the lease ends at ${leaseUntil} already, ${lease} from now is not later`,
      {
        details: { leaseUntil },
      },
    );
  });
}

/** Ends the lease of staged files now; their store removes them. Again changes nothing. Throws RESTORE_NOT_FOUND, RESTORE_STATE_CONFLICT. */
export async function dropStagedFiles(
  dependencies: Dependencies,
  caller: Caller,
  restoreId: RestoreId,
): Promise<Restore> {
  const restore = await findRestore(dependencies.catalog, caller, restoreId);
  if (restore.staged !== undefined && restore.staged.state !== 'present') return restore;
  const now = dependencies.clock.now();
  return changeLease(dependencies, caller, restoreId, ({ leaseUntil }) =>
    leaseUntil !== undefined && leaseUntil <= now ? undefined : leaseFrom(now, 0),
  );
}

/** `decide` answers the lease to be, or undefined when it stays as it is. */
async function changeLease(
  { catalog }: Dependencies,
  caller: Caller,
  restoreId: RestoreId,
  decide: (restore: Restore) => Lease | undefined,
): Promise<Restore> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const restore = await findRestore(catalog, caller, restoreId);
    if (restore.staged?.state !== 'present') throw notPresent(restore);
    const lease = decide(restore);
    if (lease === undefined) return restore;
    if ((await catalog.restores.renewLease(restore, lease)) === 'renewed') {
      return findRestore(catalog, caller, restoreId);
    }
  }
  throw new ServiceError('COMMIT_CONFLICT', `the lease of restore ${restoreId} changes too often at once`);
}

const notPresent = ({ restoreId, state, staged }: Restore): ServiceError =>
  new ServiceError(
    'RESTORE_STATE_CONFLICT',
    staged === undefined
      ? `restore ${restoreId} has no files under a lease: it is ${state}`
      : `the files of restore ${restoreId} are ${staged.state} since ${staged.since}`,
    { hint: 'Order the restore again.' },
  );

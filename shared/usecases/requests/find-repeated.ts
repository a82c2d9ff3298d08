import type { Caller } from '../../domain/access.ts';
import type { BackupRequest } from '../../domain/backup-request.ts';
import type { RequestId } from '../../domain/ids.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Workflows } from '../../ports/workflows.ts';
import { claimFor, type IdempotencyKey, keyReused } from '../idempotency.ts';
import { findRequest } from './find-request.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'requests'>;
  readonly workflows: Pick<Workflows, 'startRequest'>;
  readonly clock: Clock;
}

/**
 * What an earlier call with this Idempotency-Key has made: that is the answer to its repeat, whatever has changed since, such as that
 * the parent has its child now. Undefined when the key is new. Throws IDEMPOTENCY_KEY_REUSED.
 */
export async function findRepeated(
  dependencies: Dependencies,
  caller: Caller,
  key: IdempotencyKey | undefined,
): Promise<BackupRequest | undefined> {
  const claim = claimFor(key, '', dependencies.clock);
  const earlier = claim && (await dependencies.catalog.requests.findClaimed(claim));
  if (earlier === undefined) return undefined;
  if (earlier.outcome === 'key-reused') throw keyReused();
  return goOnWith(dependencies, caller, earlier.resourceId as RequestId);
}

/** A crash may have come between the first request's record and its workflow. */
export async function goOnWith(
  { catalog, workflows }: Omit<Dependencies, 'clock'>,
  caller: Caller,
  requestId: RequestId,
): Promise<BackupRequest> {
  const known = await findRequest(catalog, caller, requestId);
  if (known.state === 'planned') await workflows.startRequest({ requestId });
  return known;
}

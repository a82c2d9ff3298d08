import { addMillis, type Instant } from '../../domain/instant.ts';
import { ServiceError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault, VersionDeletion, VersionRef } from '../../ports/vault.ts';

/** S3's own limit of one request. */
const batchSize = 1000;
/** Objects of one upload are locked together: a few of them say until when. */
const asked = 20;
/** A legal hold has no end: it is looked at again a day later. */
const legalHoldMillis = 24 * 3_600_000;

/** Deletes versions in batches, and answers those that S3 refused to delete. Repeating does no harm. */
export async function deleteListed(
  vault: Pick<Vault, 'deleteVersions'>,
  versions: readonly VersionRef[],
): Promise<readonly Refused[]> {
  const refused: Refused[] = [];
  for (let start = 0; start < versions.length; start += batchSize) {
    const batch = versions.slice(start, start + batchSize).map(({ key, versionId }) => ({ key, versionId }));
    for (const answer of await vault.deleteVersions(batch)) {
      if (answer.outcome === 'refused') refused.push(answer);
    }
  }
  return refused;
}

type Refused = Extract<VersionDeletion, { outcome: 'refused' }>;

/**
 * When to come back for versions that are locked; undefined when none was refused. What is refused without being locked is
 * not a matter of time, but of rights: that throws.
 */
export async function lockedUntil(
  { vault, clock }: { readonly vault: Pick<Vault, 'lockOf'>; readonly clock: Clock },
  refused: readonly Refused[],
): Promise<Instant | undefined> {
  const [first] = refused;
  if (first === undefined) return undefined;
  const now = clock.now();
  const ends: Instant[] = [];
  for (const version of refused.slice(0, asked)) {
    const lock = await vault.lockOf(version);
    if (lock?.hasLegalHold) ends.push(addMillis(now, legalHoldMillis));
    else if (lock?.until !== undefined) ends.push(lock.until);
  }
  const until = ends.sort().at(-1);
  if (until !== undefined) return until;
  const { key, versionId, reason } = first;
  throw new ServiceError(
    'VAULT_DELETE_REFUSED',
    `${key} ${versionId} is not locked and not deleted: ${reason}`,
  );
}

import { createHash } from 'node:crypto';
import { toMillis } from '../../../domain/instant.ts';
import { ServiceError } from '../../../errors.ts';
import type { IdempotencyClaim, IdempotencyOutcome } from '../../../ports/catalog/page.ts';
import type { Entities } from './entities.ts';

/** The item that says that a claim's key is used. */
export const claimItem = ({ scope, requestSha256, resourceId, forgetAt }: IdempotencyClaim) => ({
  scopeSha256: hashScope(scope),
  requestSha256,
  resourceId,
  forgetAtSeconds: Math.ceil(toMillis(forgetAt) / 1000),
});

/** What an earlier use of the claim's key decides, which a write has just found. */
export async function readClaimed(entities: Entities, claim: IdempotencyClaim): Promise<IdempotencyOutcome> {
  const claimed = await findClaimed(entities, claim);
  if (claimed === undefined) throw new ServiceError('INTERNAL', 'an idempotency key was forgotten just now');
  return claimed;
}

/** The same; undefined when the key is new. */
export async function findClaimed(
  { claim }: Entities,
  { scope, requestSha256 }: IdempotencyClaim,
): Promise<IdempotencyOutcome | undefined> {
  const { data } = await claim.get({ scopeSha256: hashScope(scope) }).go({ consistent: true });
  if (data === null) return undefined;
  if (data.requestSha256 !== requestSha256) return { outcome: 'key-reused' };
  return { outcome: 'repeated', resourceId: data.resourceId };
}

const hashScope = (scope: string): string => createHash('sha256').update(scope).digest('hex');

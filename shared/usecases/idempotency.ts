import { createHash } from 'node:crypto';
import type { Caller } from '../domain/access.ts';
import { addMillis } from '../domain/instant.ts';
import { ServiceError } from '../errors.ts';
import type { IdempotencyClaim } from '../ports/catalog/page.ts';
import type { Clock } from '../ports/clock.ts';

const dayMillis = 86_400_000;

/** An Idempotency-Key as the caller sent it, with what it belongs to. */
export interface IdempotencyKey {
  readonly caller: Caller;
  readonly route: string;
  readonly key: string;
  readonly request: unknown;
}

/** The claim that a POST writes with what it creates; undefined when the caller sent no key. */
export function claimFor(
  idempotency: IdempotencyKey | undefined,
  resourceId: string,
  clock: Clock,
): IdempotencyClaim | undefined {
  if (idempotency === undefined) return undefined;
  const { caller, route, key, request } = idempotency;
  return {
    scope: `${caller.credentialId} ${route} ${key}`,
    requestSha256: createHash('sha256').update(JSON.stringify(request)).digest('hex'),
    resourceId,
    forgetAt: addMillis(clock.now(), 2 * dayMillis),
  };
}

/** For the outcome `key-reused`. */
export const keyReused = (): ServiceError =>
  new ServiceError('IDEMPOTENCY_KEY_REUSED', 'this Idempotency-Key was used for a different request');

import { toInstant } from '../../shared/domain/instant.ts';
import { hasCode } from '../../shared/errors.ts';
import type { Exclusion } from '../journal/exclusion-record.ts';
import type { Clock } from '../ports/clock.ts';
import { type OwnErrorName, ownError, type ProtocolError } from '../protocol/errors.ts';
import type { ServiceClient } from './service-client.ts';

/**
 * Why the service refuses this gateway for good, or undefined when the refusal says nothing that lasts. A bare 401 or
 * 403 may be a proxy's, so the service itself is asked about the token before a store is taken for lost.
 */
export async function findExclusion(
  error: unknown,
  { service, token, clock }: { service: ServiceClient; token: string; clock: Clock },
  signal: AbortSignal,
): Promise<Exclusion | undefined> {
  if (hasCode(error, 'STORE_FORKED')) return { kind: 'forked', reason: error.message, since: now(clock) };
  if (hasCode(error, 'STORE_REPLACED')) return { kind: 'replaced', reason: error.message, since: now(clock) };
  if (!hasCode(error, 'UNAUTHENTICATED') && !hasCode(error, 'FORBIDDEN')) return undefined;
  const { status, since } = await service.call('describeToken', { body: { token } }, signal);
  if (status !== 'replaced' && status !== 'revoked') return undefined;
  return { kind: status, reason: `the token of this gateway was ${status}`, since: since ?? now(clock) };
}

const now = (clock: Clock): Exclusion['since'] => toInstant(clock());

const remedies: Readonly<Record<Exclusion['kind'], readonly [name: OwnErrorName, message: string]>> = {
  forked: [
    'STORE_FORKED',
    'More than one gateway serves this store (a copy of the machine, or an old image), so none of them takes or ' +
      'uploads backups: stop the wrong one and activate the right one with a new code. Snapshots that wait are kept.',
  ],
  replaced: [
    'STORE_TOKEN_VOID',
    'This gateway was replaced: another machine was activated for its store. Use that one. Snapshots that wait here ' +
      'are kept but not uploaded: back up again there, or activate this machine with a new code.',
  ],
  revoked: [
    'STORE_TOKEN_VOID',
    'The token of this gateway was revoked, so it takes and uploads no backups: activate it with a new code. ' +
      'Snapshots that wait are kept.',
  ],
};

/** What callers of an excluded gateway are answered, and what its log says to do. */
export function exclusionError({ kind, since }: Exclusion): ProtocolError {
  const [name, message] = remedies[kind];
  return ownError(name, `${message} (since ${since})`);
}

import type { Caller } from '../../domain/access.ts';
import type { StoreId } from '../../domain/ids.ts';
import { judgePoll } from '../../domain/poll-chain.ts';
import type { PollMark } from '../../domain/store.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { findStore } from '../access/find-owned.ts';
import { forkedError, refuseOthers } from './require-in-force.ts';

/** Each lost race means that another poll was linked; a gateway has one under way, so more than two are not its own. */
const maxAttempts = 5;

/**
 * Takes a poll into the chain of its store; a second gateway cannot be taken in and marks the store as forked. Answers
 * whether the poll shows that the gateway's journal is as new as the service's knowledge.
 * Throws STORE_NOT_FOUND, STORE_REPLACED, STORE_FORKED, POLL_OUTDATED.
 */
export async function linkPoll(
  { catalog, clock }: { catalog: Pick<Catalog, 'stores'>; clock: Clock },
  caller: Caller,
  storeId: StoreId,
  poll: PollMark | undefined,
): Promise<{ isJournalCurrent: boolean }> {
  const { credentialId } = caller;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const store = await findStore(catalog, caller, storeId);
    refuseOthers(store, caller);
    const { lastPoll } = store;
    const standing = judgePoll(lastPoll, poll);
    switch (standing.kind) {
      case 'repeat':
        return { isJournalCurrent: false };
      case 'outdated':
        throw new ServiceError(
          'POLL_OUTDATED',
          `poll ${poll?.pollNumber} came after poll ${lastPoll?.pollNumber}`,
        );
      case 'fork': {
        const forked = { detectedAt: clock.now(), reason: standing.reason };
        await catalog.stores.markForked(storeId, credentialId, forked);
        throw forkedError(storeId, forked);
      }
      case 'next':
        if (poll === undefined) return { isJournalCurrent: true };
        if ((await catalog.stores.linkPoll(storeId, credentialId, poll, lastPoll?.pollId)) === 'linked')
          return { isJournalCurrent: lastPoll !== undefined };
    }
  }
  throw new ServiceError('COMMIT_CONFLICT', `polls of store ${storeId} come too often to be put in order`);
}

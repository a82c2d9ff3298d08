import type { PollMark } from './store.ts';

/** How a poll stands to the last one that the store's gateway made. */
export type PollStanding =
  | { readonly kind: 'next' | 'repeat' | 'outdated' }
  | { readonly kind: 'fork'; readonly reason: string };

/**
 * The polls under one token form a chain: each names the one before that was answered. The newest may be repeated, for
 * its answer may have been lost; the one before it may arrive late, and then counts for nothing. Anything else comes
 * from a second gateway, or from one that lives in the past. The first poll after an activation begins the chain,
 * whatever it names; gateways that are older than the chain send none.
 */
export function judgePoll(last: PollMark | undefined, poll: PollMark | undefined): PollStanding {
  if (last === undefined) return { kind: 'next' };
  if (poll === undefined) return fork(`a gateway of an older version polled after ${nameOf(last)}`);
  if (poll.pollId === last.pollId) return { kind: 'repeat' };
  if (poll.afterPollId === last.pollId) return { kind: 'next' };
  if (poll.pollId === last.afterPollId) return { kind: 'outdated' };
  if (poll.afterPollId === undefined)
    return fork(
      `a gateway whose journal knows no earlier poll (lost, or a new one) polled after ${nameOf(last)}`,
    );
  return fork(
    `${nameOf(poll)} does not follow ${nameOf(last)}: a copy of the gateway runs, or it runs from an old image`,
  );
}

const fork = (reason: string): PollStanding => ({ kind: 'fork', reason });

const nameOf = ({ pollNumber, bootId }: PollMark): string => `poll ${pollNumber} of start ${bootId}`;

import { expect, it } from 'vitest';
import { judgePoll } from '../../shared/domain/poll-chain.ts';
import type { PollMark } from '../../shared/domain/store.ts';

const poll = (pollNumber: number, pollId: string, afterPollId?: string, bootId = 'a'): PollMark => ({
  bootId,
  pollNumber,
  pollId,
  ...(afterPollId !== undefined && { afterPollId }),
});
const last = poll(5, 'five', 'four');

it.each<[string, PollMark | undefined, PollMark | undefined, string]>([
  ['the first poll begins the chain', undefined, poll(1, 'one'), 'next'],
  [
    'the first poll after an activation may name one that is forgotten',
    undefined,
    poll(9, 'nine', 'eight'),
    'next',
  ],
  ['the poll after the last continues it', last, poll(6, 'six', 'five'), 'next'],
  ['the poll after the last continues it from another start', last, poll(6, 'six', 'five', 'b'), 'next'],
  ['the last poll comes again when its answer was lost', last, last, 'repeat'],
  ['a late copy of the poll before counts for nothing', last, poll(4, 'four', 'three'), 'outdated'],
  ['a poll of an older gateway begins nothing', undefined, undefined, 'next'],
  ['a clone continues where another has', last, poll(5, 'five too', 'four', 'b'), 'fork'],
  ['an old image repeats what was long ago', last, poll(2, 'two', 'one'), 'fork'],
  ['an old image goes on from long ago', last, poll(3, 'three too', 'two'), 'fork'],
  ['a journal that was lost knows no poll', last, poll(1, 'one', undefined, 'b'), 'fork'],
  ['an image of an older gateway sends no link', last, undefined, 'fork'],
])('%s', (_, known, polled, kind) => {
  expect(judgePoll(known, polled).kind).toBe(kind);
});

it('tells which two polls do not belong together', () => {
  expect(judgePoll(last, poll(3, 'three', 'two', 'b'))).toMatchObject({
    reason: expect.stringContaining('poll 3 of start b does not follow poll 5 of start a'),
  });
});

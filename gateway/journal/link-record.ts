import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { ordinal } from '../../shared/contracts/primitives.ts';
import { prepareQuery, type Query } from './query.ts';

const row = z.object({
  pollNumber: ordinal,
  pollId: z.uuid(),
  afterPollId: z.uuid().nullable(),
});
type Link = z.output<typeof row>;

/** What a poll tells of its place in the chain of polls. */
export interface PollLink {
  readonly bootId: string;
  readonly pollNumber: number;
  readonly pollId: string;
  readonly afterPollId?: string;
}

/** Without the cache of random bytes that Node keeps: two copies of one running machine would share what is in it. */
const makeId = (): string => randomUUID({ disableEntropyCache: true });

/**
 * This gateway's place in the chain of polls. Each poll is on disk before it is sent, so whoever starts from an older
 * copy of this journal continues the chain at a place where it has gone on, and the service sees it.
 */
export class LinkRecord {
  /** Of this start of the process. */
  readonly bootId = makeId();
  readonly #database: DatabaseSync;
  readonly #row: Query<Link>;
  /** Of the newest poll on disk; unknown at a start, when the process may have ended before its answer came. */
  #isAnswered = false;
  /** Whether this process made it. */
  #isOwn = false;
  #hasClaimed = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#row = prepareQuery(
      database,
      'SELECT poll_number AS pollNumber, poll_id AS pollId, after_poll_id AS afterPollId FROM poll_link',
      row,
    );
  }

  /** Whether a poll that this process made was answered: then no other gateway has the chain. */
  get hasClaimed(): boolean {
    return this.#hasClaimed;
  }

  /** The poll to send: the newest one again until it is answered, then the next. On disk when it returns. */
  next(): PollLink {
    const last = this.#row.find();
    const link = last && !this.#isAnswered ? last : this.#append(last);
    const { afterPollId, ...rest } = link;
    return { bootId: this.bootId, ...rest, ...(afterPollId !== null && { afterPollId }) };
  }

  markAnswered(): void {
    this.#hasClaimed ||= this.#isOwn;
    this.#isAnswered = true;
  }

  /** Begins the chain anew: the service forgets the old one at an activation. */
  forget(): void {
    this.#database.exec('DELETE FROM poll_link');
  }

  #append(last: Link | undefined): Link {
    const link: Link = {
      pollNumber: (last?.pollNumber ?? 0) + 1,
      pollId: makeId(),
      afterPollId: last?.pollId ?? null,
    };
    this.#database
      .prepare(
        'INSERT OR REPLACE INTO poll_link (id, poll_number, poll_id, after_poll_id) VALUES (1, ?, ?, ?)',
      )
      .run(link.pollNumber, link.pollId, link.afterPollId);
    this.#isOwn = true;
    this.#isAnswered = false;
    return link;
  }
}

import { addMillis, type Instant, toInstant, toMillis } from './instant.ts';

/** Object Lock as a deployment has it. */
export interface LockSettings {
  readonly mode: 'governance' | 'compliance';
  /** How long at least what a recovery point needs cannot be deleted, counted from its commit. */
  readonly days: number;
}

const dayMillis = 86_400_000;
const stepMillis = 30 * dayMillis;

/**
 * Until when a point committed at `at` is locked: at least `days`, to the end of a step of 30 days. What several points need
 * is thereby extended once in a step, not with every commit.
 */
export const lockedUntil = (at: Instant, { days }: Pick<LockSettings, 'days'>): Instant =>
  toInstant(Math.ceil(toMillis(addMillis(at, days * dayMillis)) / stepMillis) * stepMillis);

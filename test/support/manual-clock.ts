import { addMillis, type Instant, toInstant } from '../../shared/domain/instant.ts';
import type { Clock } from '../../shared/ports/clock.ts';

export interface ManualClock extends Clock {
  advance(ms: number): void;
}

/** A clock that stands still until it is moved. */
export function createManualClock(start: Instant = toInstant(Date.UTC(2026, 0, 31, 12))): ManualClock {
  let now = start;
  return {
    now: () => now,
    advance(ms) {
      now = addMillis(now, ms);
    },
  };
}

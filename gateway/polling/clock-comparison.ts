import type { Instant } from '../../shared/domain/instant.ts';
import type { Log } from '../ports/log.ts';

/** Below that nobody needs to act: an answer takes a while, and NTP steps by less. */
const tolerableMillis = 60_000;

/**
 * Compares this machine's clock with the service's at each poll. Nothing depends on it (expiry counts by the service's
 * clock, and what is signed is signed there), but times in logs and of requests are wrong by as much.
 */
export class ClockComparison {
  readonly #log: Log;
  #warnedOfMillis: number | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** `sentAt` and `answeredAt` are by this machine's clock: the service's time lies between them. */
  note(serviceTime: Instant, sentAt: Date, answeredAt: Date): void {
    const service = Date.parse(serviceTime);
    const aheadMillis =
      Math.max(0, sentAt.getTime() - service) || -Math.max(0, service - answeredAt.getTime());
    const isOff = Math.abs(aheadMillis) > tolerableMillis;
    if (!isOff && this.#warnedOfMillis === undefined) return;
    // Once for each difference, not with each poll.
    if (isOff && Math.abs(aheadMillis - (this.#warnedOfMillis ?? 0)) <= tolerableMillis) return;
    this.#warnedOfMillis = isOff ? aheadMillis : undefined;
    const times = {
      storeTime: answeredAt.toISOString(),
      serviceTime,
      aheadSeconds: Math.round(aheadMillis / 1000),
    };
    if (isOff) this.#log.warn(times, "this machine's clock differs from the service's: set it right (NTP)");
    else this.#log.info(times, "this machine's clock agrees with the service's again");
  }
}

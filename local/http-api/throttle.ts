import type { LocalClock } from '../services.ts';
import type { HttpApiConfig } from './config.ts';

type Limits = Pick<HttpApiConfig, 'throttling' | 'routeThrottling'>;

/** Token buckets, one per route: `burstLimit` tokens at most, `rateLimit` new ones per second. */
export class Throttle {
  readonly #limits: Limits;
  readonly #clock: LocalClock;
  readonly #buckets = new Map<string, { tokens: number; filledAt: number }>();

  constructor(limits: Limits, clock: LocalClock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Takes a token; false when there is none. A route without settings takes those of the stage. */
  admit(routeKey: string): boolean {
    const limit = this.#limits.routeThrottling?.[routeKey] ?? this.#limits.throttling;
    if (limit === undefined) return true;
    const { rateLimit, burstLimit } = limit;
    const now = this.#clock();
    const bucket = this.#buckets.get(routeKey) ?? { tokens: burstLimit, filledAt: now };
    const refill = ((now - bucket.filledAt) / 1000) * rateLimit;
    const tokens = Math.min(burstLimit, bucket.tokens + Math.max(0, refill));
    const isAdmitted = tokens >= 1;
    this.#buckets.set(routeKey, { tokens: isAdmitted ? tokens - 1 : tokens, filledAt: now });
    return isAdmitted;
  }
}

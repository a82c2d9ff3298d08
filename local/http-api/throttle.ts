import type { LocalClock } from '../services.ts';
import type { ThrottlingConfig } from './config.ts';

/** Token buckets, one per route: `burstLimit` tokens at most, `rateLimit` new ones per second. */
export class Throttle {
  readonly #config: ThrottlingConfig;
  readonly #clock: LocalClock;
  readonly #buckets = new Map<string, { tokens: number; filledAt: number }>();

  constructor(config: ThrottlingConfig, clock: LocalClock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** Takes a token; false when there is none. */
  admit(routeKey: string): boolean {
    const { rateLimit, burstLimit } = this.#config;
    const now = this.#clock();
    const bucket = this.#buckets.get(routeKey) ?? { tokens: burstLimit, filledAt: now };
    const refill = ((now - bucket.filledAt) / 1000) * rateLimit;
    const tokens = Math.min(burstLimit, bucket.tokens + Math.max(0, refill));
    const isAdmitted = tokens >= 1;
    this.#buckets.set(routeKey, { tokens: isAdmitted ? tokens - 1 : tokens, filledAt: now });
    return isAdmitted;
  }
}

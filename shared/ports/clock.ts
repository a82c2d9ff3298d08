import type { Instant } from '../domain/instant.ts';

/** The only source of time. */
export interface Clock {
  now(): Instant;
}

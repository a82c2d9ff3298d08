import { setTimeout as wait } from 'node:timers/promises';

/** How long to wait before something is tried again. */
export interface Pacing {
  readonly firstMillis: number;
  readonly maxMillis: number;
  /** From 0 up to but not including 1. */
  readonly random: () => number;
}

/** Doubles with every attempt up to the maximum; half of it is random, so that stores do not knock in step. */
export function backoffMillis({ firstMillis, maxMillis, random }: Pacing, attempt: number): number {
  const full = Math.min(maxMillis, firstMillis * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random();
}

/** Rejects with the signal's reason when it is aborted. */
export const sleep = (millis: number, signal: AbortSignal): Promise<void> =>
  wait(millis, undefined, { signal });

/**
 * Repeats `operation` until it succeeds, the signal is aborted, or `handle` throws: it sees each failure, logs it or
 * throws what shall end the repetition.
 */
export async function repeatUntilDone<T>(
  pacing: Pacing,
  signal: AbortSignal,
  operation: () => Promise<T>,
  handle: (error: unknown) => void,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await operation();
    } catch (error) {
      signal.throwIfAborted();
      handle(error);
    }
    await sleep(backoffMillis(pacing, attempt), signal);
  }
}

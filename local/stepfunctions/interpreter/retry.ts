import type { Catcher, Retrier } from '../definition/model.ts';
import { type Failure, STATES } from '../failure.ts';

/** The first catcher that names this failure. */
export function findCatcher(catchers: readonly Catcher[], failure: Failure): number {
  return catchers.findIndex((catcher) => matches(catcher.errorEquals, failure));
}

export interface Retry {
  readonly delayMilliseconds: number;
  readonly retriesUsed: readonly number[];
}

/**
 * Decides whether to try again. Only the first retrier that names the failure counts: when its attempts are
 * used up, none of the later ones is asked.
 */
export function decideRetry(
  retriers: readonly Retrier[],
  retriesUsed: readonly number[],
  failure: Failure,
  random: () => number,
): Retry | undefined {
  const index = retriers.findIndex((retrier) => matches(retrier.errorEquals, failure));
  const retrier = retriers[index];
  const used = retriesUsed[index] ?? 0;
  if (retrier === undefined || used >= retrier.maxAttempts) {
    return undefined;
  }
  return {
    delayMilliseconds: computeDelay(retrier, used, random),
    retriesUsed: retriers.map((_, position) => (retriesUsed[position] ?? 0) + (position === index ? 1 : 0)),
  };
}

function computeDelay(retrier: Retrier, used: number, random: () => number): number {
  const grown = retrier.intervalSeconds * retrier.backoffRate ** used;
  const seconds = Math.min(grown, retrier.maxDelaySeconds ?? MAX_BACKOFF_SECONDS);
  return seconds * 1000 * (retrier.jitter === 'FULL' ? random() : 1);
}

/** An exponential without MaxDelaySeconds soon exceeds every date: one year is the age limit of an execution. */
const MAX_BACKOFF_SECONDS = 31_536_000;

/**
 * AWS's rules: States.Runtime always ends the execution. States.ALL and States.TaskFailed do not match
 * States.DataLimitExceeded, which only its own name does. States.TaskFailed does not match timeouts. A missed
 * heartbeat is a States.Timeout that `States.HeartbeatTimeout` names as well.
 */
export function matches(names: readonly string[], failure: Failure): boolean {
  if (failure.error === STATES.runtime) {
    return false;
  }
  return names.some((name) => {
    switch (name) {
      case STATES.all:
        return failure.error !== STATES.dataLimitExceeded;
      case STATES.taskFailed:
        return failure.error !== STATES.dataLimitExceeded && failure.error !== STATES.timeout;
      case STATES.heartbeatTimeout:
        return failure.isHeartbeat === true || failure.error === name;
      default:
        return failure.error === name;
    }
  });
}

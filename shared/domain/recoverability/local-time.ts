/** Clocks go back by an hour in autumn, and no log says when: of times nearer than this the order is not known. */
const clockChangeSeconds = 3_600;

/** Seconds of a time without a zone, as if it were UTC. */
const secondsOf = (local: string): number => Date.parse(`${local}Z`) / 1000;

/** Whether one time of a host's clock was certainly before another. */
export const isSurelyBefore = (one: string, other: string): boolean =>
  secondsOf(one) + clockChangeSeconds < secondsOf(other);

/** RMAN cuts fractions off: what ended at a printed second was over by the next. */
export const secondAfter = (local: string): string =>
  new Date((secondsOf(local) + 1) * 1000).toISOString().slice(0, 19);

/** Median of figures; of an even number the upper one. */
export const median = (figures: readonly number[]): number =>
  [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;

export interface Ratio {
  readonly what: string;
  readonly ours: number;
  readonly peer: number;
  readonly unit: string;
  /** `atLeast`: more of the unit is better. `atMost`: less is. Both in parts of the peer's figure. */
  readonly limit: { readonly atLeast: number } | { readonly atMost: number };
}

/** Prints ours against the peer's; a missed limit sets the exit code. */
export const reportRatio = ({ what, ours, peer, unit, limit }: Ratio): void => {
  const ratio = ours / peer;
  const isMet = 'atLeast' in limit ? ratio >= limit.atLeast : ratio <= limit.atMost;
  const asked = 'atLeast' in limit ? `≥ ${limit.atLeast}` : `≤ ${limit.atMost}`;
  const figures = `${ours.toFixed(1)} against ${peer.toFixed(1)} ${unit}`;
  process.stdout.write(
    `${what}: ${figures}, ratio ${ratio.toFixed(2)} (${asked}) ${isMet ? 'ok' : 'MISSED'}\n`,
  );
  if (!isMet) process.exitCode = 1;
};

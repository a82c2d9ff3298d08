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

export interface Pairs extends Omit<Ratio, 'ours' | 'peer'> {
  readonly ours: readonly number[];
  readonly peers: readonly number[];
}

/** As reportRatio, of figures taken in pairs: the ratio is the median of the pairs' ratios, printed with the middle half of them. */
export const reportPairs = ({ ours, peers, ...rest }: Pairs): void => {
  const ratios = ours.map((figure, round) => figure / (peers[round] ?? Number.NaN)).sort((a, b) => a - b);
  const spread = [0.25, 0.75].map((part) => ratios[Math.floor(ratios.length * part)]?.toFixed(2)).join('–');
  print({ ...rest, ours: median(ours), peer: median(peers) }, median(ratios), `; half of them ${spread}`);
};

/** Prints ours against the peer's; a missed limit sets the exit code. */
export const reportRatio = (ratio: Ratio): void => print(ratio, ratio.ours / ratio.peer);

const print = ({ what, ours, peer, unit, limit }: Ratio, ratio: number, spread = ''): void => {
  const isMet = 'atLeast' in limit ? ratio >= limit.atLeast : ratio <= limit.atMost;
  const asked = 'atLeast' in limit ? `≥ ${limit.atLeast}` : `≤ ${limit.atMost}`;
  const figures = `${ours.toFixed(1)} against ${peer.toFixed(1)} ${unit}`;
  process.stdout.write(
    `${what}: ${figures}, ratio ${ratio.toFixed(2)} (${asked}${spread}) ${isMet ? 'ok' : 'MISSED'}\n`,
  );
  if (!isMet) process.exitCode = 1;
};

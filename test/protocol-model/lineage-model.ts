import { deletionSteps } from './deletion-steps.ts';
import type { Model } from './explore.ts';
import { type LineageRules, protocolRules, type Scope } from './lineage-rules.ts';
import { decodeLineage, emptyLineage, encodeLineage, type LineageState, packOf } from './lineage-state.ts';
import { isLive, uploadSteps } from './upload-steps.ts';

/** Uploads, commits, deletions and restores of one mount's line, by the protocol's rules but for those given. */
export function lineageModel(scope: Scope, changed: Partial<LineageRules> = {}): Model<LineageState> {
  const protocol = { scope, rules: { ...protocolRules, ...changed } };
  return {
    initial: emptyLineage(scope.points, scope.runs),
    encode: encodeLineage,
    decode: (key) => decodeLineage(key, scope.points),
    *steps(state) {
      yield* uploadSteps(state, protocol);
      yield* deletionSteps(state, protocol);
    },
    findViolation: (state) => findLoss(state) ?? (isQuiet(state) ? findLeak(state) : undefined),
    isDrained: (state) => isQuiet(state) && !state.points.some(isLive),
  };
}

function findLoss({ points, packs, manifests, restore, clone }: LineageState): string | undefined {
  const lacks = (index: number) => {
    const lost = (points[index]?.references ?? 0) & ~packs;
    return lost !== 0 || !(manifests & packOf(index));
  };
  const index = points.findIndex((point, candidate) => isLive(point) && lacks(candidate));
  if (index >= 0) return `LOSS: live p${index} lacks a pack or its manifest`;
  if (clone.step !== 'none' && lacks(clone.point)) {
    return `LOSS: p${clone.point} loses an object while it has a clone`;
  }
  return restore.step === 'pinned' && lacks(restore.point)
    ? `LOSS: p${restore.point} loses an object while it is restored`
    : undefined;
}

/** Nothing is under way, and nobody has URLs. */
const isQuiet = ({ points, runs, restore, clone, opening }: LineageState): boolean =>
  points.every(({ state, hasUrls }) => !hasUrls && !['open', 'closing', 'reclaiming'].includes(state)) &&
  runs.every(({ step }) => step === 'idle') &&
  restore.step === 'none' &&
  clone.step === 'none' &&
  !opening.isRead;

function findLeak({ points, packs, manifests, strays }: LineageState): string | undefined {
  const live = points.flatMap((point, index) => (isLive(point) ? [{ ...point, index }] : []));
  const named = live.reduce((all, { references }) => all | references, 0);
  const own = live.reduce((all, { index }) => all | packOf(index), 0);
  if (packs & ~named) return `LEAK: pack ${(packs & ~named).toString(2)} is needed by nobody`;
  if (manifests & ~own) return `LEAK: manifest ${(manifests & ~own).toString(2)} is of no live point`;
  if (strays & ~own) return `LEAK: an object of ${(strays & ~own).toString(2)} is named by nothing`;
  return undefined;
}

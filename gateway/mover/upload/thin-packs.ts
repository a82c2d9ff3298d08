import type { PackRow } from '../../../shared/domain/vault/manifest-rows.ts';
import { compareRefs } from '../../../shared/domain/vault/pack-ref.ts';

export interface RewriteLimits {
  /** A pack of whose content a smaller share is still in use is thin. */
  readonly belowShare: number;
  /** What of thin packs is stored anew in one snapshot, at most. */
  readonly maxBytes: number;
}

/**
 * The parent's packs whose last used bytes are stored anew, the thinnest first, so that they die with the points that
 * still need them. Chosen from the tables alone: another attempt chooses the same.
 */
export function chooseThinPacks(
  packs: Iterable<PackRow>,
  { belowShare, maxBytes }: RewriteLimits,
): PackRow[] {
  const share = ({ referencedBytes, rawBytes }: PackRow) => referencedBytes / rawBytes;
  let left = maxBytes;
  const thin: PackRow[] = [];
  for (const pack of packs) if (share(pack) < belowShare) thin.push(pack);
  return thin
    .sort((one, other) => share(one) - share(other) || compareRefs(one, other))
    .filter(({ referencedBytes }) => {
      left -= referencedBytes;
      return left >= 0;
    });
}

import { type Instant, toMillis } from '../instant.ts';
import { type ArchiveClass, isArchiveClass, minColdBytes } from './archive-class.ts';
import { breakEvenDays } from './archive-price.ts';

/** A live point, as far as it decides whether a pack that it references may go cold. */
export interface ReferringPoint {
  /** Place in the mount's line. */
  readonly seq: number;
  readonly state: 'available' | 'pending-deletion';
  readonly isHead: boolean;
  /** Uploads, restores and clones that use it. */
  readonly pins: readonly string[];
  readonly expiresAt: Instant | 'never';
}

/** What live points say of a pack. */
interface References {
  isWarm: boolean;
  /** Of the newest point that references it. */
  seq: number;
  /** Days from now until the last of its points is decided about anew; nobody knows after that. */
  keptDays: number;
}

interface StoredPack {
  readonly key: string;
  readonly sizeBytes: number;
  readonly storedAt: Instant;
  readonly storageClass: string;
}

const dayMillis = 86_400_000;
/** A point that is kept although its expire has passed is kept by the calendar or for others: for how long, nobody knows. */
const unknownDays = 365;

/** Which live points reference which packs, gathered from their tables as they stream by; some 150 bytes for each pack. */
export class PackReferences {
  readonly #packs = new Map<string, References>();
  readonly #now: Instant;

  constructor(now: Instant) {
    this.#now = now;
  }

  note(point: ReferringPoint, key: string): void {
    const known = this.#packs.get(key) ?? { isWarm: false, seq: 0, keptDays: 0 };
    known.isWarm ||= point.isHead || point.pins.length > 0;
    known.seq = Math.max(known.seq, point.seq);
    known.keptDays = Math.max(known.keptDays, this.#keptDays(point));
    this.#packs.set(key, known);
  }

  find(key: string): Readonly<References> | undefined {
    return this.#packs.get(key);
  }

  #keptDays({ state, expiresAt }: ReferringPoint): number {
    // It goes with the end of its undo window; until then it costs least where it is.
    if (state === 'pending-deletion') return 0;
    if (expiresAt === 'never') return Number.POSITIVE_INFINITY;
    const days = (toMillis(expiresAt) - toMillis(this.#now)) / dayMillis;
    return days > 0 ? days : unknownDays;
  }
}

export interface ColdRule {
  readonly now: Instant;
  readonly storageClass: ArchiveClass;
  readonly coldAfterDays: number;
  /** Whose prices count. */
  readonly region?: string | undefined;
}

/**
 * Whether a pack may be moved: old enough by its own age, referenced by a live point, by neither the head nor a point that somebody
 * uses, and staying long enough for the move to pay. What no live point references is left to the reclaim. A later head
 * references nothing that this one does not, so that no new backup comes to depend on what is moved here.
 * @returns the place of the newest point that references it, when it may
 */
export function mayGoCold(
  pack: StoredPack,
  references: PackReferences,
  { now, storageClass, coldAfterDays, region }: ColdRule,
): { readonly seq: number } | undefined {
  const found = references.find(pack.key);
  if (found === undefined || found.isWarm) return undefined;
  // Already there, or in the other archive class of an earlier setting: moving it again costs more than it saves.
  if (isArchiveClass(pack.storageClass) || pack.sizeBytes < minColdBytes) return undefined;
  const ageDays = (toMillis(now) - toMillis(pack.storedAt)) / dayMillis;
  if (ageDays < coldAfterDays) return undefined;
  if (found.keptDays < breakEvenDays(region, storageClass, pack.sizeBytes)) return undefined;
  return { seq: found.seq };
}

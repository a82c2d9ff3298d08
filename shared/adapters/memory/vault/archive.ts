import {
  type FrozenClass,
  type ThawTier,
  thawHours,
  tierFor,
} from '../../../domain/archive/archive-class.ts';
import { addMillis, type Instant } from '../../../domain/instant.ts';
import type { StoredObject, ThawAnswer } from '../../../ports/vault.ts';

interface Cold {
  readonly storageClass: string;
  readonly copy?: { readonly readableAt: Instant; readonly until: Instant };
}

const hourMillis = 3_600_000;

/** Which objects are tagged, moved and thawed. S3 rounds the end of a copy up to a midnight; here it is exact. */
export class MemoryArchive {
  readonly #cold = new Map<string, Cold>();
  readonly #marked = new Set<string>();
  hasExpedited = true;

  mark(key: string): void {
    this.#marked.add(key);
  }

  /** As the bucket's rule does at midnight. */
  moveMarked(storageClass: string): void {
    for (const key of this.#marked) this.move(key, storageClass);
  }

  move(key: string, storageClass: string): void {
    if (!this.#cold.has(key)) this.#cold.set(key, { storageClass });
  }

  isMarked(key: string): boolean {
    return this.#marked.has(key);
  }

  isFrozen(key: string, now: Instant): boolean {
    const { storageClass, copy } = this.#cold.get(key) ?? {};
    const isReadable = copy !== undefined && copy.readableAt <= now && now < copy.until;
    return isFrozen(storageClass) && !isReadable;
  }

  stateOf(key: string, now: Instant): Pick<StoredObject, 'storageClass' | 'copy'> {
    const { storageClass = 'STANDARD', copy } = this.#cold.get(key) ?? {};
    if (copy === undefined || copy.until <= now) return { storageClass };
    return { storageClass, copy: now < copy.readableAt ? 'ongoing' : { until: copy.until } };
  }

  thaw(key: string, { tier, days }: { tier: ThawTier; days: number }, now: Instant): ThawAnswer {
    const { storageClass } = this.#cold.get(key) ?? {};
    if (!isFrozen(storageClass)) return 'warm';
    const state = this.stateOf(key, now).copy;
    if (state === 'ongoing') return 'ongoing';
    if (tierFor(storageClass, tier) !== tier) throw new Error(`${storageClass} has no tier ${tier}`);
    if (tier === 'Expedited' && !this.hasExpedited) return 'no-capacity';
    const readableAt = state ? now : addMillis(now, thawHours(storageClass, tier) * hourMillis);
    const until = addMillis(readableAt, days * 24 * hourMillis);
    this.#cold.set(key, { storageClass, copy: { readableAt, until } });
    return state ? 'readable' : 'asked';
  }
}

const isFrozen = (storageClass: string | undefined): storageClass is FrozenClass =>
  storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';

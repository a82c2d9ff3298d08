import { addMillis, type Instant } from '../instant.ts';
import { assumedRate } from '../restore-choice/predict-time.ts';
import { type FrozenClass, isFrozenClass, type ThawTier, thawHours, thawTiers } from './archive-class.ts';
import { type Frozen, thawUsd } from './archive-price.ts';

/** What an order says of the thaw that it may need. */
export interface ThawOrder {
  readonly tier: ThawTier;
  /** The most that it may cost; absent: the volume's limit. */
  readonly maxUsd?: number;
}

/** The thaw of a restore, as ordered and as far as it has come. */
export interface RestoreThaw extends ThawOrder {
  /** Packs that cannot be read yet, and their bytes, at the last look. */
  readonly packs?: number;
  readonly bytes?: number;
  /** What all that was asked for so far costs, by list prices. */
  readonly usd?: number;
  /** What is about to be asked for; part of `usd` when it is. */
  readonly nextUsd?: number;
  /** When the last of them can be read, at the latest by what AWS says. */
  readonly expectedAt?: Instant;
}

/** What the thaw of a restore may cost, in US dollars, where the volume says nothing else. */
export const defaultMaxThawUsd = 100;

/** How an order without a word about it thaws. */
export const defaultThawTier: ThawTier = 'Standard';

/** How the packs of a restore are stored: those that cannot be read by class, and those of which a copy is on its way. */
export interface FrozenCount {
  readonly frozen: readonly Frozen[];
  readonly ongoing: { readonly packs: number; readonly bytes: number };
  /** Read at once, for a fee. */
  readonly instantBytes: number;
}

export const nothingFrozen: FrozenCount = { frozen: [], ongoing: { packs: 0, bytes: 0 }, instantBytes: 0 };

interface StoredPack {
  readonly sizeBytes: number;
  readonly storageClass: string;
  readonly copy?: 'ongoing' | { readonly until: Instant };
}

/** Adds some packs to what was counted so far. */
export function countFrozen(
  { frozen, ongoing, instantBytes }: FrozenCount,
  packs: readonly StoredPack[],
): FrozenCount {
  const byClass = new Map<FrozenClass, Frozen>(frozen.map((each) => [each.storageClass, each]));
  let [ongoingPacks, ongoingBytes, instant] = [ongoing.packs, ongoing.bytes, instantBytes];
  for (const { storageClass, sizeBytes, copy } of packs) {
    if (storageClass === 'GLACIER_IR') instant += sizeBytes;
    if (!isFrozenClass(storageClass) || typeof copy === 'object') continue;
    if (copy === 'ongoing') {
      ongoingPacks += 1;
      ongoingBytes += sizeBytes;
      continue;
    }
    const known = byClass.get(storageClass) ?? { storageClass, packs: 0, bytes: 0 };
    byClass.set(storageClass, { storageClass, packs: known.packs + 1, bytes: known.bytes + sizeBytes });
  }
  return {
    frozen: [...byClass.values()],
    ongoing: { packs: ongoingPacks, bytes: ongoingBytes },
    instantBytes: instant,
  };
}

const dayMillis = 86_400_000;
const hourMillis = 3_600_000;
/** S3 counts days to the midnight behind them. Longer than a restore may take, no copy is of use. */
const copyDays = { least: 2, most: 14 } as const;

/** For how many days copies are asked for: twice what a slow line takes for so many bytes. A copy that lapses is thawed again. */
export function daysOfCopies(bytes: number): number {
  const days = (2 * bytes) / assumedRate.bytesPerSecond / (dayMillis / 1000);
  return Math.min(copyDays.most, Math.max(copyDays.least, Math.ceil(days) + 1));
}

/** Hours until the last of what is frozen can be read. */
export const hoursOf = (frozen: readonly Frozen[], tier: ThawTier): number =>
  frozen.reduce((most, { storageClass }) => Math.max(most, thawHours(storageClass, tier)), 0);

/** A tier, what it costs and how long it takes, for choosing one. */
export interface ThawChoice {
  readonly tier: ThawTier;
  readonly hours: number;
  readonly usd: number;
  readonly isAboveLimit: boolean;
}

/** All tiers for what is frozen. Where a class lacks one, the next slower is meant; a tier that no class has is left out. */
export function thawChoices(
  region: string | undefined,
  { frozen }: FrozenCount,
  maxUsd: number,
): ThawChoice[] {
  const bytes = frozen.reduce((sum, each) => sum + each.bytes, 0);
  const hasExpedited = frozen.some(({ storageClass }) => storageClass === 'GLACIER');
  return thawTiers
    .filter((tier) => tier !== 'Expedited' || hasExpedited)
    .map((tier) => {
      const usd = thawUsd(region, frozen, { tier, days: daysOfCopies(bytes) });
      return { tier, hours: hoursOf(frozen, tier), usd, isAboveLimit: usd > maxUsd };
    });
}

/** How long after the time that AWS names a thaw is given up. */
const graceMillis = 24 * hourMillis;

export type ThawDecision =
  | { readonly outcome: 'readable' }
  /** To be asked for. */
  | { readonly outcome: 'frozen'; readonly thaw: RestoreThaw }
  | { readonly outcome: 'ongoing'; readonly thaw: RestoreThaw }
  | { readonly outcome: 'refused'; readonly reason: string };

/** What is to be done about what a restore cannot read yet. */
export function decideThaw(
  thaw: RestoreThaw,
  { frozen, ongoing }: FrozenCount,
  {
    now,
    maxUsd,
    region,
  }: { readonly now: Instant; readonly maxUsd: number; readonly region?: string | undefined },
): ThawDecision {
  const packs = frozen.reduce((sum, each) => sum + each.packs, ongoing.packs);
  const frozenBytes = frozen.reduce((sum, each) => sum + each.bytes, 0);
  const left = { packs, bytes: frozenBytes + ongoing.bytes };
  if (packs === 0) return { outcome: 'readable' };
  if (frozen.length === 0) {
    if (thaw.expectedAt !== undefined && addMillis(thaw.expectedAt, graceMillis) <= now) {
      const reason = `THAW_OVERDUE: ${packs} packs are not thawed a day after they should have been, at ${thaw.expectedAt}`;
      return { outcome: 'refused', reason };
    }
    return { outcome: 'ongoing', thaw: { ...thaw, ...left } };
  }
  const { tier, usd = 0 } = thaw;
  const nextUsd = thawUsd(region, frozen, { tier, days: daysOfCopies(left.bytes) });
  const limit = thaw.maxUsd ?? maxUsd;
  if (usd + nextUsd > limit) {
    return { outcome: 'refused', reason: refusalOf({ tier, usd: usd + nextUsd, limit, ...left }) };
  }
  const expectedAt = addMillis(now, hoursOf(frozen, tier) * hourMillis);
  return { outcome: 'frozen', thaw: { ...thaw, ...left, nextUsd, expectedAt } };
}

/** Why a thaw is too dear, and what else there is. */
export function refusalOf(above: {
  readonly tier: ThawTier;
  readonly usd: number;
  readonly limit: number;
  readonly packs: number;
  readonly bytes: number;
}): string {
  const { tier, usd, limit, packs, bytes } = above;
  const slower = tier === 'Bulk' ? '' : 'thaw by Bulk, which is slower and cheaper; ';
  return (
    `THAW_COST_ABOVE_LIMIT: to thaw ${packs} packs (${bytes} bytes) by ${tier} costs about $${usd.toFixed(2)}, ` +
    `and $${limit.toFixed(2)} are allowed; ${slower}restore some of the files; or let an admin order it with a higher limit`
  );
}

/** What was about to be asked for has been; where S3 had no expedited capacity, it comes by Standard. */
export function noteAsked(thaw: RestoreThaw, slowerUntil?: Instant): RestoreThaw {
  const { nextUsd = 0, usd = 0, expectedAt, ...rest } = thaw;
  const expected = slowerUntil !== undefined && slowerUntil > (expectedAt ?? '') ? slowerUntil : expectedAt;
  return { ...rest, usd: usd + nextUsd, ...(expected !== undefined && { expectedAt: expected }) };
}

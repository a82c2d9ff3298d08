import { type ArchiveClass, type FrozenClass, minimumDays, type ThawTier, tierFor } from './archive-class.ts';

interface ClassPrice {
  readonly gbMonth: number;
  readonly perThousandTransitions: number;
}
interface RetrievalPrice {
  readonly perGb: number;
  readonly perThousand: number;
}
interface RegionPrice {
  readonly standardGbMonth: number;
  readonly classes: Readonly<Record<ArchiveClass, ClassPrice>>;
  readonly tiers: Readonly<Record<FrozenClass, Readonly<Partial<Record<ThawTier, RetrievalPrice>>>>>;
  readonly instantPerGb: number;
}

// Checked on 2026-11-21: https://aws.amazon.com/s3/pricing/ as public guides of May and June 2026 quote it for Virginia, and re:Post for requests.
/** Virginia, Ohio, Oregon and Ireland are charged alike. */
const cheapest: RegionPrice = {
  standardGbMonth: 0.023,
  classes: {
    GLACIER_IR: { gbMonth: 0.004, perThousandTransitions: 0.02 },
    GLACIER: { gbMonth: 0.0036, perThousandTransitions: 0.03 },
    DEEP_ARCHIVE: { gbMonth: 0.00099, perThousandTransitions: 0.05 },
  },
  tiers: {
    GLACIER: {
      Expedited: { perGb: 0.03, perThousand: 10 },
      Standard: { perGb: 0.01, perThousand: 0.05 },
      Bulk: { perGb: 0, perThousand: 0 },
    },
    DEEP_ARCHIVE: {
      Standard: { perGb: 0.02, perThousand: 0.1 },
      Bulk: { perGb: 0.0025, perThousand: 0.025 },
    },
  },
  instantPerGb: 0.03,
};

/**
 * Standard and GLACIER_IR as a public page of September 2025 has them. No page that could be read has the other two: they stand
 * a fifth above Virginia's or more, as the region's requests do.
 */
const frankfurt: RegionPrice = {
  standardGbMonth: 0.0245,
  classes: {
    GLACIER_IR: { gbMonth: 0.005, perThousandTransitions: 0.024 },
    GLACIER: { gbMonth: 0.00405, perThousandTransitions: 0.036 },
    DEEP_ARCHIVE: { gbMonth: 0.0018, perThousandTransitions: 0.06 },
  },
  tiers: {
    GLACIER: {
      Expedited: { perGb: 0.036, perThousand: 12 },
      Standard: { perGb: 0.012, perThousand: 0.06 },
      Bulk: { perGb: 0, perThousand: 0 },
    },
    DEEP_ARCHIVE: {
      Standard: { perGb: 0.024, perThousand: 0.12 },
      Bulk: { perGb: 0.005, perThousand: 0.03 },
    },
  },
  instantPerGb: 0.03,
};

/** List prices of S3's archive classes, in US dollars. Data, with where it is from: prices change. */
const prices: Readonly<Record<string, RegionPrice>> = {
  'us-east-1': cheapest,
  'us-east-2': cheapest,
  'us-west-2': cheapest,
  'eu-west-1': cheapest,
  'eu-central-1': frankfurt,
};

/** Of S3 for what it stores beside each frozen object: an index entry in the archive, a name in Standard. */
const overheadBytes = { frozen: 32 * 2 ** 10, standard: 8 * 2 ** 10 } as const;
const daysOfMonth = 30;

/** Prices of regions that are not in the table are taken for the highest in it, and `isAssumed` says so. */
const pricesOf = (region: string | undefined): RegionPrice => prices[region ?? ''] ?? frankfurt;

export const hasArchivePrices = (region: string | undefined): boolean =>
  region !== undefined && Object.hasOwn(prices, region);

/** So many objects of a class with so many bytes. */
export interface Frozen {
  readonly storageClass: FrozenClass;
  readonly packs: number;
  readonly bytes: number;
}

/** What a thaw costs: retrieval, requests, and the copies in Standard for `days`. In US dollars to the millicent. */
export function thawUsd(
  region: string | undefined,
  frozen: readonly Frozen[],
  { tier, days }: { readonly tier: ThawTier; readonly days: number },
): number {
  const { tiers, standardGbMonth } = pricesOf(region);
  const usd = frozen.reduce((sum, { storageClass, packs, bytes }) => {
    const { perGb = 0, perThousand = 0 } = tiers[storageClass][tierFor(storageClass, tier)] ?? {};
    const copies = gb(bytes) * standardGbMonth * (days / daysOfMonth);
    return sum + gb(bytes) * perGb + (packs / 1000) * perThousand + copies;
  }, 0);
  return toMillicents(usd);
}

/** What reading so many bytes costs where they are read at once from an archive. */
export const instantUsd = (region: string | undefined, bytes: number): number =>
  toMillicents(gb(bytes) * pricesOf(region).instantPerGb);

/**
 * For how many days a pack must stay so that moving it costs less than leaving it in Standard: the transition is paid, and the
 * class's minimum duration, however early the pack is deleted.
 */
export function breakEvenDays(
  region: string | undefined,
  storageClass: ArchiveClass,
  sizeBytes: number,
): number {
  const { standardGbMonth, classes } = pricesOf(region);
  const { gbMonth, perThousandTransitions } = classes[storageClass];
  const isFrozen = storageClass !== 'GLACIER_IR';
  const warmPerDay = (gb(sizeBytes) * standardGbMonth) / daysOfMonth;
  const cold = gb(sizeBytes + (isFrozen ? overheadBytes.frozen : 0)) * gbMonth;
  const coldPerDay = (cold + (isFrozen ? gb(overheadBytes.standard) * standardGbMonth : 0)) / daysOfMonth;
  const least = perThousandTransitions / 1000 + minimumDays[storageClass] * coldPerDay;
  const withinMinimum = least / warmPerDay;
  if (withinMinimum <= minimumDays[storageClass]) return withinMinimum;
  const savedPerDay = warmPerDay - coldPerDay;
  return savedPerDay > 0 ? perThousandTransitions / 1000 / savedPerDay : Number.POSITIVE_INFINITY;
}

/** S3 bills by 10^9 bytes in these tables' reading, which errs on the dear side. */
const gb = (bytes: number): number => bytes / 1e9;

/** Small restores cost less than a cent, and not nothing. */
const toMillicents = (usd: number): number => Math.round(usd * 1e5) / 1e5;

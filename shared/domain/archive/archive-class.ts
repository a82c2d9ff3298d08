/** Classes that old packs may be moved to. From GLACIER_IR they are read at once, for a fee; from the others only after a thaw. */
export const archiveClasses = ['GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'] as const;
export type ArchiveClass = (typeof archiveClasses)[number];
export type FrozenClass = Exclude<ArchiveClass, 'GLACIER_IR'>;

/** How fast S3 makes a copy that can be read, the fastest first. */
export const thawTiers = ['Expedited', 'Standard', 'Bulk'] as const;
export type ThawTier = (typeof thawTiers)[number];

/** The tag that the bucket's transition rule goes by. */
export const coldTag = { key: 'holdfast', value: 'cold' } as const;

/** Smaller objects stay where they are: S3's lifecycle rules leave them alone. */
export const minColdBytes = 128 * 2 ** 10;

/** What S3 charges for at least, however early an object is deleted. */
export const minimumDays: Readonly<Record<ArchiveClass, number>> = {
  GLACIER_IR: 90,
  GLACIER: 90,
  DEEP_ARCHIVE: 180,
};

/** The longest that AWS says a retrieval takes. A deep archive has no expedited one. */
const hours: Readonly<Record<FrozenClass, Readonly<Partial<Record<ThawTier, number>>>>> = {
  GLACIER: { Expedited: 0.1, Standard: 5, Bulk: 12 },
  DEEP_ARCHIVE: { Standard: 12, Bulk: 48 },
};

export const isArchiveClass = (storageClass: string): storageClass is ArchiveClass =>
  archiveClasses.some((each) => each === storageClass);

/** Cannot be read before it is thawed. */
export const isFrozenClass = (storageClass: string): storageClass is FrozenClass =>
  storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';

/** The tier that is meant, or the next slower one that the class has. */
export const tierFor = (storageClass: FrozenClass, tier: ThawTier): ThawTier =>
  hours[storageClass][tier] === undefined ? 'Standard' : tier;

/** Hours from the request to the last readable copy, at most. */
export const thawHours = (storageClass: FrozenClass, tier: ThawTier): number =>
  hours[storageClass][tierFor(storageClass, tier)] ?? 0;

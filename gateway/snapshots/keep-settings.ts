import * as z from 'zod';

/**
 * Snapshots that stay on the store when the vault has them, for clones to be made of them in place. Only where that is
 * cheap (ZFS): what they cost is what RMAN overwrites and deletes meanwhile.
 */
export const keepSettings = z
  .strictObject({
    /** The newest ones of each mount; 0: none. */
    count: z.int().min(0).max(20).default(0),
    days: z.number().positive().max(365).default(7),
    /** All of a mount go at once when less than this share of its disk, or quota, is free: backups come first. */
    minFreePercent: z.number().min(0).max(100).default(20),
  })
  .prefault({});

export type KeepSettings = z.output<typeof keepSettings>;

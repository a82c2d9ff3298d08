import * as z from 'zod';

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 08:30');

const timeZone = z.string().refine((name) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}, 'must be a time zone such as Europe/Berlin');

export const uploadSettings = z
  .strictObject({
    /**
     * What is taken for unchanged: `stat`, files with the size, times and inode that they had in the last recovery
     * point; `read`, only what was read and compared.
     */
    verify: z.enum(['stat', 'read']).default('stat'),
    /**
     * Whether content of new files is looked for in the last recovery point. It costs a third of the processor time of
     * what is new, and finds nothing where everything is compressed or encrypted before it comes here.
     */
    findMoved: z.boolean().default(true),
    /** Of zstd: 1 keeps up with a disk, 19 costs a hundred times as much and saves a fifth. */
    compressionLevel: z.int().min(1).max(19).default(1),
    /** What is left in use of packs that are mostly dead is stored anew, so much a snapshot; 0 for never. */
    rewrite: z
      .strictObject({
        belowShare: z.number().min(0).max(1).default(0.25),
        maxBytes: z
          .int()
          .min(0)
          .default(2 ** 30),
      })
      .prefault({}),
    /** What all uploads together may send in a second; the first span of the schedule that holds goes before. */
    rate: z
      .strictObject({
        bytesPerSecond: z.int().min(1).optional(),
        timeZone: timeZone.default('UTC'),
        schedule: z
          .array(z.strictObject({ from: timeOfDay, until: timeOfDay, bytesPerSecond: z.int().min(1) }))
          .default([]),
      })
      .prefault({}),
  })
  .prefault({});

export type UploadSettings = z.output<typeof uploadSettings>;

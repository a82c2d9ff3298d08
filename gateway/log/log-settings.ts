import * as z from 'zod';
import { absolutePath } from '../absolute-path.ts';

const logLevels = ['error', 'warn', 'info', 'debug'] as const;

export const logSettings = z
  .strictObject({
    /** The calls of the DBA's scripts are told from `info` on. */
    level: z.enum(logLevels).default('info'),
    /** Standard error when absent, which a service manager keeps. */
    file: absolutePath.optional(),
    /** The file is put aside, as `file.1`, when it has grown to this. */
    maxBytes: z
      .int()
      .min(64 * 2 ** 10)
      .default(64 * 2 ** 20),
    /** How many files that were put aside are kept. */
    keep: z.int().min(1).max(1000).default(5),
  })
  .prefault({});

export type LogSettings = z.output<typeof logSettings>;

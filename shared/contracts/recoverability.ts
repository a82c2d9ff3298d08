import * as z from 'zod';
import { reasonCodes } from '../domain/recoverability/verdict.ts';
import { count, ordinal, uploadId } from './primitives.ts';

const local = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/)
  .meta({ description: "By the clock of the database's host: no zone is known." });

const logGap = z.object({ thread: ordinal, fromSequence: count, toSequence: count });

export const reason = z.object({
  code: z.enum(reasonCodes),
  effect: z
    .enum(['no', 'unknown', 'note'])
    .meta({ description: 'It forbids, leaves a question, or is only to be known before a restore.' }),
  text: z.string(),
  files: z.array(z.string()).optional(),
  datafiles: z.array(z.int()).optional(),
});

const recoveryWindow = z.object({
  base: z
    .object({ uploadId, logNumber: ordinal, line: count })
    .meta({ description: 'The run of RMAN whose datafiles it begins with.' }),
  datafiles: count,
  from: local.optional(),
  to: local.optional(),
  through: z
    .array(z.object({ thread: ordinal, sequence: count }))
    .meta({ description: 'The last archived log of each thread that can be applied.' }),
  isConsistent: z.literal(true).optional().meta({ description: 'Backed up while closed: needs no redo.' }),
  fileCount: count,
  files: z.array(z.string()).meta({ description: 'Paths in the mount; the first 100.' }),
});

/** What of one database can be restored from one point. */
export const recoverability = z.object({
  recoverable: z.enum(['yes', 'no', 'unknown']),
  windows: z.array(recoveryWindow),
  firstGap: logGap.optional(),
  reasons: z.array(reason),
  advice: z.array(z.string()).meta({ description: 'RMAN commands that close the gaps from here on.' }),
  lacksFileCount: count,
  lacksFiles: z
    .array(z.object({ path: z.string(), sizeBytes: count }))
    .meta({ description: 'Files that the newest backup needs and only earlier points have; the first 100.' }),
});

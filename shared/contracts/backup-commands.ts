import * as z from 'zod';
import { highestLevel } from '../domain/backup-request.ts';
import { expire, instant, mountId, ordinal, requestId, uploadId } from './primitives.ts';

/** As a gateway's configuration names it; Oracle's unique names are shorter. */
export const agentDatabaseName = z
  .string()
  .regex(
    /^[A-Za-z0-9_$#][A-Za-z0-9._$#-]{0,62}$/,
    'is no name of a database: letters, digits, and . _ - $ # after the first; at most 63',
  )
  .meta({
    description: 'Letters, digits, dot, underscore, hyphen, $ and #; at most 63.',
    examples: ['ORCL'],
  });

export const backupLevel = z.int().min(0).max(highestLevel);

/** A database that a gateway's agent is configured for. */
export const agentDatabase = z.object({
  name: agentDatabaseName,
  mountId,
  highestLevel: backupLevel.meta({ description: 'Of the backups that the hook makes.' }),
});

/** Tells the gateway to run the hook of a database and to bring what it wrote to the vault. */
export const makeBackupCommand = z.object({
  commandId: z.string(),
  kind: z.literal('make-backup'),
  fence: ordinal,
  deadline: instant.meta({ description: 'The backup is given up then; an upload goes on.' }),
  requestId,
  backupNumber: ordinal,
  mountId,
  database: agentDatabaseName,
  content: z.enum(['database', 'archived-logs']),
  level: backupLevel.exactOptional(),
  parentId: uploadId.exactOptional(),
  isDifferential: z.boolean().exactOptional().meta({
    description: 'The parent has the same level: what changed since it, not since the level below.',
  }),
  expire: expire.exactOptional(),
});

import * as z from 'zod';
import { agentDatabaseName } from '../../shared/contracts/backup-commands.ts';
import { resourceName } from '../../shared/contracts/primitives.ts';
import { highestLevel } from '../../shared/domain/backup-request.ts';
import { absolutePath } from '../absolute-path.ts';

/** What the gateway itself tells the hook has names of this kind. */
const ownPrefix = 'HOLDFAST_';

const environment = z.record(
  z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name of a variable')
    .refine((name) => !name.startsWith(ownPrefix), `must not begin with ${ownPrefix}`),
  z.string().refine((value) => !value.includes('\0'), 'must not have a NUL'),
);

/** A database that backups can be requested of, and the command that makes them. */
const agentDatabase = z.strictObject({
  name: agentDatabaseName,
  /** Where its backups go; a mount of this store. */
  mount: resourceName,
  /** The program, by its absolute path, and its arguments. No shell stands between. */
  command: z.tuple([absolutePath], z.string()),
  /** The program gets nothing of the gateway's own environment but a PATH. */
  environment: environment.default({}),
  /** Where the host that runs RMAN sees the mount's folder, when that is another path than here. */
  mountpoint: absolutePath.optional(),
  /** Of the backups that the command makes: 1 for Oracle. */
  highestLevel: z.int().min(1).max(highestLevel).default(1),
  /** The command and all that it started is ended after this. */
  timeLimitHours: z.number().positive().max(72).default(24),
});
export type AgentDatabase = z.output<typeof agentDatabase>;

export const agentSettings = z
  .array(agentDatabase)
  .max(1000)
  .superRefine((databases, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of databases.entries()) {
      if (seen.has(name)) {
        context.addIssue({ code: 'custom', path: [index, 'name'], message: `${name} is there twice` });
      }
      seen.add(name);
    }
  })
  .default([]);

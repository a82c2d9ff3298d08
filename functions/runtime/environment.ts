import * as z from 'zod';

/** Every variable that the stack sets and a function may read. */
const variables = {
  /** CloudWatch's limits of a namespace. */
  METRICS_NAMESPACE: z.string().regex(/^[\w./#-]{1,255}$/),
  TABLE_NAME: z.string().min(3),
  BUCKET_NAME: z.string().min(3),
  LOCK_MODE: z.enum(['governance', 'compliance']),
  LOCK_DAYS: z.string().regex(/^[1-9]\d{0,4}$/),
  /** The class that old packs lie in, or may; and from which age on they are moved to it: 0 for never. */
  ARCHIVE_CLASS: z.enum(['none', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE']),
  COLD_AFTER_DAYS: z.string().regex(/^(0|[1-9]\d{0,3})$/),
  /** What the thaw of one restore may cost, in US dollars. */
  MAX_THAW_USD: z.string().regex(/^\d{1,7}(\.\d{1,2})?$/),
  /** How often a restore looks whether its packs are thawed. */
  THAW_POLL_SECONDS: z.string().regex(/^[1-9]\d{0,3}$/),
  EVENT_BUS_NAME: z.string().min(1),
  COMMIT_STATE_MACHINE_ARN: z.string().startsWith('arn:'),
  RESTORE_STATE_MACHINE_ARN: z.string().startsWith('arn:'),
  REQUEST_STATE_MACHINE_ARN: z.string().startsWith('arn:'),
  REBUILD_STATE_MACHINE_ARN: z.string().startsWith('arn:'),
  RETENTION_STATE_MACHINE_ARN: z.string().startsWith('arn:'),
  RECLAIM_STATE_MACHINE_ARN: z.string().startsWith('arn:'),
  AUDIT_STATE_MACHINE_ARN: z.string().startsWith('arn:'),
  /** How many backups a store may have by name. */
  BACKUP_QUOTA: z.string().regex(/^[1-9]\d{0,5}$/),
  /** How often an idle gateway asks for commands. */
  STORE_POLL_SECONDS: z.string().regex(/^[1-9]\d{0,3}$/),
} as const;

export type VariableName = keyof typeof variables;

/** The named variables. A missing or malformed one stops the cold start with every problem listed. */
export function readEnvironment<Name extends VariableName>(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const problems: string[] = [];
  const values: Partial<Record<VariableName, string>> = {};
  for (const name of names) {
    const result = variables[name].safeParse(environment[name]);
    if (result.success) values[name] = result.data;
    else problems.push(`${name}: ${result.error.issues.map(({ message }) => message).join(', ')}`);
  }
  if (problems.length > 0) throw new Error(`the environment is not as it should be: ${problems.join('; ')}`);
  return values as Record<Name, string>;
}

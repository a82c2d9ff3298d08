import * as z from 'zod';
import { archiveClasses } from '../shared/domain/archive/archive-class.ts';
import { defaultMaxThawUsd } from '../shared/domain/archive/thaw.ts';
import type { FunctionDescription } from './function-description.ts';
import { functionTable } from './function-table.ts';

/** Lambda refuses a reservation that would leave less than this to the functions without one. */
const minUnreservedConcurrency = 100;

/** What the functions of the table reserve together. */
const reservedConcurrency = (settings: { readonly commitConcurrency: number }): number =>
  Object.values<FunctionDescription>(functionTable).reduce(
    (sum, { concurrency = 0 }) =>
      sum + (typeof concurrency === 'number' ? concurrency : settings[concurrency]),
    0,
  );

/** What may differ from one deployment to another; docs/deploy.md explains each. */
const stageSchema = z
  .strictObject({
    /** Part of the stacks' names, so that several deployments fit one account. */
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,20}$/, 'up to 21 small letters, digits and hyphens, a letter first')
      .default('main'),
    /** Account and region; taken from the AWS profile by `cdk deploy` when absent. */
    account: z
      .string()
      .regex(/^\d{12}$/, 'an AWS account has 12 digits, as text')
      .optional(),
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'the name of a region, such as eu-central-1')
      .optional(),
    /** Who is written to when an alarm goes off or clears; each confirms once by the link in the first e-mail. */
    alarmEmails: z.array(z.email('an e-mail address')).max(10).default([]),
    /** Silence of a gateway after which a restore is handed over again. */
    storeHeartbeatSeconds: z.int().min(2).max(86_400).default(300),
    /** How often an idle gateway asks for commands; each call costs. */
    storePollSeconds: z.int().min(1).max(3600).default(30),
    /** The most backups of a store that are made by name, through the backup verbs or as named requests. */
    backupQuota: z.int().min(1).max(100_000).default(50),
    /** Object Lock for the vault: what a recovery point needs cannot be deleted for so many days after its commit. */
    objectLock: z
      .strictObject({
        mode: z.enum(['governance', 'compliance']),
        days: z.int().min(1).max(3650),
      })
      .optional(),
    /** Old packs that only older recovery points need go to an archive class, and are thawed for a restore. */
    archive: z
      .strictObject({
        class: z.enum(archiveClasses),
        /** Without it nothing more is moved, and restores still thaw what was. */
        coldAfterDays: z.int().min(30).max(3650).optional(),
        /** The most that the thaw of one restore may cost, in US dollars by list prices. */
        maxThawUsd: z.number().min(0).max(1_000_000).multipleOf(0.01).default(defaultMaxThawUsd),
      })
      .optional(),
    /** How often a restore looks whether its packs are thawed. */
    thawPollSeconds: z.int().min(1).max(3600).default(900),
    logRetentionDays: z.literal([7, 30, 90, 365]).default(30),
    /** Whether functions reserve concurrency. Not possible in new accounts, whose whole limit may be 10. */
    reserveConcurrency: z.boolean().default(true),
    /** The account's limit of concurrent executions in the region (Service Quotas, Lambda). */
    accountConcurrency: z.int().min(10).max(1_000_000).default(1000),
    /** How many commits are verified at once; the others wait. Reserved twice, for manifests and for objects. */
    commitConcurrency: z.int().min(1).max(1000).default(20),
  })
  .refine(
    (settings) =>
      !settings.reserveConcurrency ||
      settings.accountConcurrency - reservedConcurrency(settings) >= minUnreservedConcurrency,
    {
      path: ['accountConcurrency'],
      error: ({ input }) =>
        `the functions reserve ${reservedConcurrency(input as { commitConcurrency: number })} of it, and Lambda wants ${minUnreservedConcurrency} left; ` +
        'have the limit raised, lower commitConcurrency, or set reserveConcurrency to false',
    },
  );

export type Stage = z.output<typeof stageSchema>;

/** The stage from CDK context (`-c stage='{"name":"test"}'`); every mistake in it is listed. */
export function readStage(context: unknown): Stage {
  const result = stageSchema.safeParse(readContext(context));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'stage'}: ${message}`);
  throw new Error(`the stage in the CDK context is not as it should be: ${problems.join('; ')}`);
}

function readContext(context: unknown): unknown {
  if (typeof context !== 'string') return context ?? {};
  try {
    return JSON.parse(context);
  } catch (cause) {
    throw new Error(`the stage in the CDK context is not JSON: ${context}`, { cause });
  }
}

/** Custom metrics of stages in one account stay apart. */
export const metricsNamespace = ({ name }: Stage): string => `Holdfast/${name}`;

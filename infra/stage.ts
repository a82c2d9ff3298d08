import * as z from 'zod';

/** What may differ from one deployment to another. */
const stageSchema = z.strictObject({
  /** Part of the stacks' names, so that several deployments fit one account. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,20}$/)
    .default('main'),
  /** Account and region; taken from the AWS profile by `cdk deploy` when absent. */
  account: z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
  region: z.string().optional(),
  /** Silence of a gateway after which a restore is handed over again. */
  storeHeartbeatSeconds: z.int().min(2).max(86_400).default(300),
  /** How often an idle gateway asks for commands; each call costs. */
  storePollSeconds: z.int().min(1).max(3600).default(30),
  logRetentionDays: z.union([z.literal(7), z.literal(30), z.literal(90), z.literal(365)]).default(30),
});

export type Stage = z.output<typeof stageSchema>;

/** The stage from CDK context (`-c stage='{"name":"test"}'`); every mistake in it is listed. */
export function readStage(context: unknown): Stage {
  const value: unknown = typeof context === 'string' ? JSON.parse(context) : (context ?? {});
  const result = stageSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'stage'}: ${message}`);
  throw new Error(`the stage in the CDK context is not as it should be: ${problems.join('; ')}`);
}

import * as z from 'zod';
import { invalidParameter, LambdaServiceError, notSupported } from '../errors.ts';
import { RESERVED_VARIABLES } from '../function-config.ts';
import {
  ENVIRONMENT_BYTES,
  EVENT_AGE_SECONDS,
  EVENT_RETRIES,
  MEMORY_MIB,
  TIMEOUT_SECONDS,
} from '../limits.ts';
import { LOG_LEVELS } from '../logging-settings.ts';
import { validationError } from './validation-error.ts';

/** Runtimes of which the local Lambda has one, Node 24, that runs the functions of all three. */
const RUNTIMES = ['nodejs20.x', 'nodejs22.x', 'nodejs24.x'] as const;

const handler = z.string().max(128).regex(/^\S+$/);
const role = z.string().regex(/^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/);
const description = z.string().max(256);
const timeout = z.int().min(TIMEOUT_SECONDS.min).max(TIMEOUT_SECONDS.max);
const memorySize = z.int().min(MEMORY_MIB.min).max(MEMORY_MIB.max);
const variableName = z.string().regex(/^[a-zA-Z]([a-zA-Z0-9_])+$/);
const architectures = z.array(z.enum(['x86_64', 'arm64'])).length(1);

/** What both creation and update may say, and is carried out or has no effect on one machine (tracing). */
const commonSettings = {
  Description: description.optional(),
  DeadLetterConfig: z
    .strictObject({
      TargetArn: z
        .string()
        .regex(/^(arn:aws[a-z-]*:(sqs|sns):\S+)?$/)
        .optional(),
    })
    .optional(),
  Environment: z.strictObject({ Variables: z.record(variableName, z.string()).optional() }).optional(),
  EphemeralStorage: z.strictObject({ Size: z.literal(512) }).optional(),
  LoggingConfig: z
    .strictObject({
      LogFormat: z.enum(['JSON', 'Text']).optional(),
      ApplicationLogLevel: z.enum(LOG_LEVELS).optional(),
      SystemLogLevel: z.enum(['DEBUG', 'INFO', 'WARN']).optional(),
      LogGroup: z.string().optional(),
    })
    .optional(),
  TracingConfig: z.strictObject({ Mode: z.enum(['Active', 'PassThrough']) }).optional(),
};

const creationSchema = z.object({
  ...commonSettings,
  Role: role,
  Handler: handler,
  Runtime: z.string(),
  Timeout: timeout.default(3),
  MemorySize: memorySize.default(128),
  Architectures: architectures.default(['x86_64']),
  Tags: z.record(z.string(), z.string()).optional(),
});

const updateSchema = z.object({
  ...commonSettings,
  Role: role.optional(),
  Handler: handler.optional(),
  Runtime: z.string().optional(),
  Timeout: timeout.optional(),
  MemorySize: memorySize.optional(),
});

const destination = z.strictObject({ Destination: z.string().max(350).optional() }).optional();

const eventInvokeSchema = z.object({
  MaximumRetryAttempts: z.int().min(EVENT_RETRIES.min).max(EVENT_RETRIES.max).optional(),
  MaximumEventAgeInSeconds: z.int().min(EVENT_AGE_SECONDS.min).max(EVENT_AGE_SECONDS.max).optional(),
  DestinationConfig: z.strictObject({ OnSuccess: destination, OnFailure: destination }).optional(),
});

const concurrencySchema = z.object({ ReservedConcurrentExecutions: z.int().min(0) });

export type CreationSettings = z.infer<typeof creationSchema>;
export type SettingsUpdate = z.infer<typeof updateSchema>;
export type EventInvokeRequest = z.infer<typeof eventInvokeSchema>;

type Body = Readonly<Record<string, unknown>>;

/** Members of a request that others read: the code, its name, what it is conditional on. */
const CREATION_MEMBERS = ['FunctionName', 'Code', 'PackageType', 'SnapStart'];
const UPDATE_MEMBERS = ['RevisionId', 'SnapStart'];

export function parseCreation(body: Body): CreationSettings {
  const { PackageType = 'Zip' } = body;
  if (PackageType !== 'Zip') throw notSupported(`the PackageType ${PackageType}`);
  assertSupported('CreateFunction', body, [...Object.keys(creationSchema.shape), ...CREATION_MEMBERS]);
  for (const name of ['Handler', 'Runtime']) {
    if (body[name] === undefined) {
      throw invalidParameter(
        'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
      );
    }
  }
  const settings = parse(creationSchema, body);
  checkMeaning(settings);
  return settings;
}

export function parseUpdate(body: Body): SettingsUpdate {
  assertSupported('UpdateFunctionConfiguration', body, [
    ...Object.keys(updateSchema.shape),
    ...UPDATE_MEMBERS,
  ]);
  const settings = parse(updateSchema, body);
  checkMeaning(settings);
  return settings;
}

export function parseEventInvoke(body: Body): EventInvokeRequest {
  assertSupported('an EventInvokeConfig', body, Object.keys(eventInvokeSchema.shape));
  return parse(eventInvokeSchema, body);
}

export function parseConcurrency(body: Body): number {
  return parse(concurrencySchema, body).ReservedConcurrentExecutions;
}

function parse<Schema extends z.ZodType>(schema: Schema, body: Body): z.infer<Schema> {
  const parsed = schema.safeParse(body, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new LambdaServiceError('ValidationException', 400, validationError(parsed.error));
}

/** What no schema of the API says, and Lambda refuses all the same. */
function checkMeaning({ Runtime, Environment, LoggingConfig = {} }: SettingsUpdate): void {
  if (Runtime !== undefined && !RUNTIMES.some((each) => each === Runtime)) {
    throw invalidParameter(
      `Value ${Runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${RUNTIMES.join(', ')}]; the local Lambda runs functions on Node only`,
    );
  }
  const { LogFormat, ApplicationLogLevel, SystemLogLevel } = LoggingConfig;
  if (LogFormat !== 'JSON' && (ApplicationLogLevel !== undefined || SystemLogLevel !== undefined)) {
    throw invalidParameter('Log levels can be set for the log format JSON only.');
  }
  const variables = Environment?.Variables ?? {};
  const reserved = Object.keys(variables).filter((name) => isReserved(name));
  if (reserved.length > 0) {
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  }
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes > ENVIRONMENT_BYTES) {
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. Measured size: ${bytes} bytes`,
    );
  }
}

/** The credentials are those of the role: the template gives them to its functions, a caller of the API cannot. */
function isReserved(name: string): boolean {
  return (
    RESERVED_VARIABLES.has(name) ||
    /^AWS_(ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/.test(name)
  );
}

/** Members that ask for something else are refused by name; tools send many of them empty. */
function assertSupported(operation: string, body: Body, supported: readonly string[]): void {
  const { ApplyOn = 'None' } = (body.SnapStart ?? {}) as { ApplyOn?: unknown };
  if (ApplyOn !== 'None') throw notSupported(`${operation} with SnapStart`);
  for (const [name, value] of Object.entries(body)) {
    if (!supported.includes(name) && !isEmpty(value)) throw notSupported(`${operation} with ${name}`);
  }
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === null || value === '' || value === false;
  return Object.values(value).every(isEmpty);
}

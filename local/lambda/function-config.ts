import { statSync } from 'node:fs';
import { EVENT_AGE_SECONDS, EVENT_RETRIES, MEMORY_MIB, TIMEOUT_SECONDS } from './limits.ts';
import type { LoggingSettings } from './logging-settings.ts';

/** A function as it is run, all references resolved. */
export interface FunctionSettings {
  readonly name: string;
  readonly arn: string;
  /** `file.export`, for example `index.handler`. */
  readonly handler: string;
  /** Shown to the function; all of them run on this Node. Default `nodejs24.x`. */
  readonly runtime?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMib: number;
  readonly reservedConcurrency?: number;
  /** Retries of event invocations after a function error, 0 to 2. Default 2. */
  readonly maximumRetryAttempts?: number;
  /** How long an event invocation may wait and be retried, 60 to 21,600 s. Default 6 hours. */
  readonly maximumEventAgeSeconds?: number;
  /** ARN of the queue or topic that takes events which could not be handled. */
  readonly deadLetterArn?: string;
  /** ARNs that take a record of what became of an event. */
  readonly onFailureArn?: string;
  readonly onSuccessArn?: string;
  /** Default: plain text of all levels. */
  readonly logging?: LoggingSettings;
}

/** A function of the template, with its code. */
export interface FunctionConfig extends FunctionSettings {
  /** Folder with the bundled code. It is copied at start: later changes need a restart. */
  readonly codeDirectory: string;
}

/** Set by Lambda for every function; CloudFormation refuses them in a function's own environment. */
export const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
]);

const NUMBER_RANGES = [
  ['timeoutSeconds', TIMEOUT_SECONDS],
  ['memoryMib', MEMORY_MIB],
  ['maximumRetryAttempts', EVENT_RETRIES],
  ['maximumEventAgeSeconds', EVENT_AGE_SECONDS],
] as const;

/** Throws one error that lists everything wrong with the configured functions. */
export function assertFunctionConfigs(functions: readonly FunctionConfig[], maxConcurrency: number): void {
  const problems = functions.flatMap((config) =>
    findProblems(config).map((text) => `${config.name}: ${text}`),
  );
  const names = functions.map((config) => config.name);
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) {
    problems.push(`${name}: configured more than once`);
  }
  const reserved = functions.reduce((sum, config) => sum + (config.reservedConcurrency ?? 0), 0);
  if (reserved >= maxConcurrency) {
    problems.push(
      `reserved concurrency is ${reserved} in total and leaves nothing of the account's ${maxConcurrency}: raise maxConcurrency`,
    );
  }
  if (problems.length > 0) {
    throw new Error(`The Lambda functions cannot be served:\n- ${problems.join('\n- ')}`);
  }
}

function findProblems(config: FunctionConfig): string[] {
  const problems: string[] = [];
  if (!/^[a-zA-Z0-9-_]{1,64}$/.test(config.name)) {
    problems.push('a name has 1 to 64 letters, digits, "-" and "_"');
  }
  for (const [setting, range] of NUMBER_RANGES) {
    const value = config[setting];
    if (value !== undefined && !isWithin(value, range)) {
      problems.push(`${setting} is ${value}, allowed are ${range.min} to ${range.max}`);
    }
  }
  if (!statSync(config.codeDirectory, { throwIfNoEntry: false })?.isDirectory()) {
    problems.push(`codeDirectory ${config.codeDirectory} is not a folder: build the functions first`);
  }
  for (const name of Object.keys(config.environment).filter((each) => RESERVED_VARIABLES.has(each))) {
    problems.push(`environment variable ${name} is reserved by Lambda`);
  }
  return problems;
}

function isWithin(value: number, range: { min: number; max: number }): boolean {
  return Number.isInteger(value) && value >= range.min && value <= range.max;
}

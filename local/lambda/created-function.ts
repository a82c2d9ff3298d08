import type { FunctionSettings } from './function-config.ts';
import type { LoggingSettings } from './logging-settings.ts';
import type { CreationSettings } from './management/settings.ts';

/** Who and what an event invocation is answered to, as the API takes it. */
export interface EventInvokeConfig {
  readonly MaximumRetryAttempts?: number;
  readonly MaximumEventAgeInSeconds?: number;
  readonly DestinationConfig?: {
    readonly OnSuccess?: { readonly Destination?: string };
    readonly OnFailure?: { readonly Destination?: string };
  };
  /** ISO 8601. */
  readonly lastModified: string;
}

/** A function that was made through the API: what is stored of it beside its code. */
export interface CreatedFunction {
  readonly name: string;
  /** In the words of the API. */
  readonly settings: CreationSettings;
  /** Base64. */
  readonly codeSha256: string;
  readonly codeBytes: number;
  /** ISO 8601. */
  readonly lastModified: string;
  readonly revisionId: string;
  readonly reservedConcurrency?: number;
  readonly eventInvokeConfig?: EventInvokeConfig;
}

/** Variables that a created function gets besides its own: credentials of its role and the endpoints of services. */
export type CreatedFunctionEnvironment = (roleArn: string) => Readonly<Record<string, string>>;

/** What runs a created function. Its own variables win, as they would over nothing in AWS. */
export function settingsOf(
  created: CreatedFunction,
  arn: string,
  environmentOf: CreatedFunctionEnvironment,
): FunctionSettings {
  const { name, settings, reservedConcurrency, eventInvokeConfig } = created;
  const { OnSuccess, OnFailure } = eventInvokeConfig?.DestinationConfig ?? {};
  return withoutUndefined({
    name,
    arn,
    handler: settings.Handler,
    runtime: settings.Runtime,
    environment: { ...environmentOf(settings.Role), ...settings.Environment?.Variables },
    timeoutSeconds: settings.Timeout,
    memoryMib: settings.MemorySize,
    reservedConcurrency,
    maximumRetryAttempts: eventInvokeConfig?.MaximumRetryAttempts,
    maximumEventAgeSeconds: eventInvokeConfig?.MaximumEventAgeInSeconds,
    deadLetterArn: settings.DeadLetterConfig?.TargetArn || undefined,
    onFailureArn: OnFailure?.Destination || undefined,
    onSuccessArn: OnSuccess?.Destination || undefined,
    logging: loggingOf(settings),
  });
}

function loggingOf({ LoggingConfig = {} }: CreationSettings): LoggingSettings {
  if (LoggingConfig.LogFormat !== 'JSON') return { format: 'Text' };
  const { ApplicationLogLevel = 'INFO', SystemLogLevel = 'INFO' } = LoggingConfig;
  return { format: 'JSON', applicationLevel: ApplicationLogLevel, systemLevel: SystemLogLevel };
}

type WithoutUndefined<Type> = {
  [Key in keyof Type as undefined extends Type[Key] ? never : Key]: Type[Key];
} & { [Key in keyof Type as undefined extends Type[Key] ? Key : never]?: Exclude<Type[Key], undefined> };

/** Optional properties of our types are absent or set, never undefined. */
function withoutUndefined<Type extends object>(value: Type): WithoutUndefined<Type> {
  const set = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(set) as WithoutUndefined<Type>;
}

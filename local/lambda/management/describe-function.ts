import type { EventInvokeConfig } from '../created-function.ts';
import type { FunctionSettings } from '../function-config.ts';
import type { DeployedFunction } from '../function-registry.ts';

/** FunctionConfiguration of the API. */
export function describeFunction({ settings, created }: DeployedFunction): object {
  const described = {
    FunctionName: settings.name,
    FunctionArn: settings.arn,
    Runtime: settings.runtime ?? 'nodejs24.x',
    Handler: settings.handler,
    Timeout: settings.timeoutSeconds,
    MemorySize: settings.memoryMib,
    PackageType: 'Zip',
    Version: '$LATEST',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    LoggingConfig: describeLogging(settings, created?.settings.LoggingConfig?.LogGroup),
  };
  // Of a function of the template, the environment is not shown: it holds the credentials of its role here.
  if (created === undefined) return described;
  const {
    Role,
    Description = '',
    Environment,
    DeadLetterConfig,
    TracingConfig,
    Architectures,
  } = created.settings;
  return {
    ...described,
    Role,
    Description,
    Architectures,
    CodeSize: created.codeBytes,
    CodeSha256: created.codeSha256,
    LastModified: created.lastModified.replace('Z', '+0000'),
    RevisionId: created.revisionId,
    TracingConfig: TracingConfig ?? { Mode: 'PassThrough' },
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    ...(Environment?.Variables && { Environment: { Variables: Environment.Variables } }),
    ...(DeadLetterConfig?.TargetArn && { DeadLetterConfig: { TargetArn: DeadLetterConfig.TargetArn } }),
  };
}

function describeLogging({ name, logging }: FunctionSettings, LogGroup = `/aws/lambda/${name}`): object {
  if (logging?.format !== 'JSON') return { LogFormat: 'Text', LogGroup };
  const { applicationLevel, systemLevel } = logging;
  return { LogFormat: 'JSON', ApplicationLogLevel: applicationLevel, SystemLogLevel: systemLevel, LogGroup };
}

/** FunctionEventInvokeConfig of the API; undefined when there is none. */
export function describeEventInvokeConfig({ settings, created }: DeployedFunction): object | undefined {
  const config = created === undefined ? configOfTemplate(settings) : created.eventInvokeConfig;
  if (config === undefined) return undefined;
  const { lastModified, ...rest } = config;
  return {
    ...rest,
    DestinationConfig: { OnSuccess: {}, OnFailure: {}, ...rest.DestinationConfig },
    FunctionArn: `${settings.arn}:$LATEST`,
    ...(lastModified && { LastModified: Date.parse(lastModified) / 1000 }),
  };
}

function configOfTemplate(
  settings: FunctionSettings,
): (Omit<EventInvokeConfig, 'lastModified'> & { readonly lastModified?: string }) | undefined {
  const { maximumRetryAttempts, maximumEventAgeSeconds, onFailureArn, onSuccessArn } = settings;
  const destinations = {
    ...(onSuccessArn && { OnSuccess: { Destination: onSuccessArn } }),
    ...(onFailureArn && { OnFailure: { Destination: onFailureArn } }),
  };
  if (maximumRetryAttempts === undefined && maximumEventAgeSeconds === undefined) return undefined;
  return {
    ...(maximumRetryAttempts !== undefined && { MaximumRetryAttempts: maximumRetryAttempts }),
    ...(maximumEventAgeSeconds !== undefined && { MaximumEventAgeInSeconds: maximumEventAgeSeconds }),
    DestinationConfig: destinations,
  };
}

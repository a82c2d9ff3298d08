import * as z from 'zod';
import type { DeployedResource, Deployment } from '../cloudformation/deployment.ts';
import type { FunctionSettings } from '../lambda/function-config.ts';
import { LOG_LEVELS, type LoggingSettings } from '../lambda/logging-settings.ts';
import { describeResource, integer, parseProperties, withoutEffect } from './properties.ts';

/** A function of the template, before it gets its credential and endpoints. */
export interface FunctionPlan {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly codeDirectory: string;
  readonly handler: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMib: number;
  readonly logging: LoggingSettings;
  readonly reservedConcurrency?: number;
  readonly eventInvocation: EventInvocationPlan;
}

/** What becomes of event invocations; what is absent is Lambda's default. */
export type EventInvocationPlan = Pick<
  FunctionSettings,
  'maximumRetryAttempts' | 'maximumEventAgeSeconds' | 'deadLetterArn' | 'onFailureArn' | 'onSuccessArn'
>;

const functionSchema = z.strictObject({
  Code: z.strictObject({ S3Bucket: z.string(), S3Key: z.string() }),
  DeadLetterConfig: z.strictObject({ TargetArn: z.string() }).optional(),
  Environment: z.strictObject({ Variables: z.record(z.string(), z.coerce.string()) }).optional(),
  Handler: z.string(),
  MemorySize: integer.default(128),
  ReservedConcurrentExecutions: integer.optional(),
  Role: z.string(),
  Runtime: z.literal('nodejs24.x', 'the local Lambda runs functions on Node 24 only'),
  Timeout: integer.default(3),
  LoggingConfig: z
    .strictObject({
      LogFormat: z.enum(['JSON', 'Text']).default('Text'),
      ApplicationLogLevel: z.enum(LOG_LEVELS).default('INFO'),
      SystemLogLevel: z.enum(['DEBUG', 'INFO', 'WARN']).default('INFO'),
      ...withoutEffect('LogGroup'),
    })
    .optional(),
  ...withoutEffect('FunctionName', 'Description', 'Architectures', 'TracingConfig', 'Tags'),
  ...withoutEffect('EphemeralStorage', 'KmsKeyArn', 'RecursiveLoop', 'RuntimeManagementConfig'),
});

const destination = z.strictObject({
  Destination: z
    .string()
    .regex(/^arn:aws:(sqs|sns|lambda|events):/, 'use a queue, a topic, a function or an event bus'),
});

const eventInvokeSchema = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.literal('$LATEST'),
  MaximumRetryAttempts: integer.optional(),
  MaximumEventAgeInSeconds: integer.optional(),
  DestinationConfig: z
    .strictObject({ OnSuccess: destination.optional(), OnFailure: destination.optional() })
    .optional(),
});

/** The functions, with the folders that hold their code. */
export const readFunctions = (deployment: Deployment): readonly FunctionPlan[] => {
  const { resources } = deployment;
  // CDK's functions behind custom resources work during a deployment; here the resources' effect is taken instead.
  const providers = new Set(
    resources
      .filter(({ type }) => type.startsWith('Custom::'))
      .map(({ properties }) => properties.ServiceToken),
  );
  const eventSettings = resources
    .filter(({ type }) => type === 'AWS::Lambda::EventInvokeConfig')
    .map((resource) => parseProperties(resource, eventInvokeSchema));
  return resources
    .filter(
      ({ type, attributes }) => type === 'AWS::Lambda::Function' && !providers.has(attributes.Arn ?? null),
    )
    .map((resource) => {
      const arn = resource.attributes.Arn ?? '';
      const settings = eventSettings.find(({ FunctionName }) => [arn, resource.name].includes(FunctionName));
      return readFunction(resource, arn, deployment, settings);
    });
};

const readFunction = (
  resource: DeployedResource,
  arn: string,
  deployment: Deployment,
  settings: z.infer<typeof eventInvokeSchema> | undefined,
): FunctionPlan => {
  const properties = parseProperties(resource, functionSchema);
  const { ReservedConcurrentExecutions: reservedConcurrency, DeadLetterConfig } = properties;
  const asset = deployment.findAsset(properties.Code.S3Key);
  if (asset?.packaging !== 'zip') {
    throw new Error(
      `${describeResource(resource)}: its code is no folder of the assembly; use Code.fromAsset(folder)`,
    );
  }
  return {
    name: resource.name,
    arn,
    roleArn: properties.Role,
    codeDirectory: asset.path,
    handler: properties.Handler,
    variables: properties.Environment?.Variables ?? {},
    timeoutSeconds: properties.Timeout,
    memoryMib: properties.MemorySize,
    logging: readLogging(properties.LoggingConfig),
    ...(reservedConcurrency !== undefined && { reservedConcurrency }),
    eventInvocation: readEventInvocation(settings, DeadLetterConfig?.TargetArn),
  };
};

const readEventInvocation = (
  settings: z.infer<typeof eventInvokeSchema> | undefined,
  deadLetterArn: string | undefined,
): EventInvocationPlan => {
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = settings ?? {};
  const { OnSuccess, OnFailure } = DestinationConfig ?? {};
  return {
    ...(MaximumRetryAttempts !== undefined && { maximumRetryAttempts: MaximumRetryAttempts }),
    ...(MaximumEventAgeInSeconds !== undefined && { maximumEventAgeSeconds: MaximumEventAgeInSeconds }),
    ...(deadLetterArn !== undefined && { deadLetterArn }),
    ...(OnFailure !== undefined && { onFailureArn: OnFailure.Destination }),
    ...(OnSuccess !== undefined && { onSuccessArn: OnSuccess.Destination }),
  };
};

const readLogging = (config: z.infer<typeof functionSchema>['LoggingConfig']): LoggingSettings =>
  config?.LogFormat === 'JSON'
    ? { format: 'JSON', applicationLevel: config.ApplicationLogLevel, systemLevel: config.SystemLogLevel }
    : { format: 'Text' };

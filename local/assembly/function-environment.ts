import { apiEndpoint, type Place, queueEndpoint } from '../cloudformation/resource-types.ts';
import type { FunctionConfig } from '../lambda/function-config.ts';
import type { LocalCredential } from '../services.ts';
import type { FunctionPlan } from './functions.ts';
import type { HttpApiPlan } from './http-apis.ts';

/** The services with an endpoint of their own. Consecutive ports are given in this order: new ones go to the end. */
export const serviceNames = [
  's3',
  'dynamodb',
  'stepfunctions',
  'lambda',
  'events',
  'sqs',
  'sns',
  'scheduler',
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Where the local services listen. */
export interface LocalEndpoints extends Readonly<Record<ServiceName, string>> {
  /** Where requests to all other services go: it answers that they are not there. */
  readonly unsupported: string;
  /** By the Name of the API. */
  readonly httpApi: Readonly<Record<string, string>>;
}

/** A function with the key of its role and the endpoints, which the SDK finds in these variables by itself. */
export const configureFunction = (
  plan: FunctionPlan,
  credential: LocalCredential,
  endpoints: LocalEndpoints,
  localize: (text: string) => string,
): FunctionConfig => {
  const {
    name,
    arn,
    codeDirectory,
    handler,
    timeoutSeconds,
    memoryMib,
    reservedConcurrency,
    logging,
    eventInvocation,
  } = plan;
  const variables = Object.entries(plan.variables).map(([key, value]) => [key, localize(value)]);
  return {
    ...{ name, arn, codeDirectory, handler, timeoutSeconds, memoryMib, logging },
    ...(reservedConcurrency !== undefined && { reservedConcurrency }),
    ...eventInvocation,
    environment: { ...Object.fromEntries(variables), ...clientEnvironment(credential, endpoints) },
  };
};

/** Variables with which an AWS SDK talks to the local services. */
export const clientEnvironment = (
  credential: LocalCredential,
  endpoints: LocalEndpoints,
): Readonly<Record<string, string>> => ({
  AWS_ACCESS_KEY_ID: credential.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credential.secretAccessKey,
  // For every service without a variable of its own.
  AWS_ENDPOINT_URL: endpoints.unsupported,
  AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
  AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.events,
  AWS_ENDPOINT_URL_LAMBDA: endpoints.lambda,
  AWS_ENDPOINT_URL_S3: endpoints.s3,
  AWS_ENDPOINT_URL_SCHEDULER: endpoints.scheduler,
  AWS_ENDPOINT_URL_SFN: endpoints.stepfunctions,
  AWS_ENDPOINT_URL_SNS: endpoints.sns,
  AWS_ENDPOINT_URL_SQS: endpoints.sqs,
});

/** Replaces the URLs that AWS would give HTTP APIs and queues by the local ones, wherever the template has them. */
export const localizeUrls =
  (httpApis: readonly HttpApiPlan[], { httpApi, sqs }: LocalEndpoints, { region }: Place) =>
  (text: string): string =>
    httpApis
      .reduce(
        (result, { name, config }) =>
          result.replaceAll(apiEndpoint(config.apiId, region), httpApi[name] ?? ''),
        text,
      )
      .replaceAll(queueEndpoint(region), sqs);

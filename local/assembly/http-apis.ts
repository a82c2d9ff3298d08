import * as z from 'zod';
import type { DeployedResource, Deployment } from '../cloudformation/deployment.ts';
import type { AuthorizerConfig, HttpApiConfig, RouteConfig, ThrottlingConfig } from '../http-api/config.ts';
import { describeResource, integer, parseProperties, withoutEffect } from './properties.ts';

export interface HttpApiPlan {
  /** The API's Name, by which its port and URL are known. */
  readonly name: string;
  readonly config: HttpApiConfig;
}

const texts = z.array(z.string()).optional();

const apiSchema = z.strictObject({
  Name: z.string(),
  ProtocolType: z.literal('HTTP', 'WebSocket APIs are not supported by the local AWS'),
  CorsConfiguration: z
    .strictObject({
      AllowCredentials: z.boolean().optional(),
      AllowHeaders: texts,
      AllowMethods: texts,
      AllowOrigins: texts,
      ExposeHeaders: texts,
      MaxAge: integer.optional(),
    })
    .transform(withoutUndefined)
    .optional(),
  ...withoutEffect('Description', 'DisableExecuteApiEndpoint', 'IpAddressType', 'Tags', 'Version'),
});

const routeSettingsSchema = z.strictObject({
  ThrottlingBurstLimit: integer.optional(),
  ThrottlingRateLimit: z.coerce.number().optional(),
  ...withoutEffect('DetailedMetricsEnabled'),
});

const stageSchema = z.strictObject({
  ApiId: z.string(),
  StageName: z.literal('$default', 'only the stage $default is supported by the local AWS'),
  AccessLogSettings: z.strictObject({ Format: z.string(), ...withoutEffect('DestinationArn') }).optional(),
  DefaultRouteSettings: routeSettingsSchema.optional(),
  RouteSettings: z.record(z.string(), routeSettingsSchema).default({}),
  ...withoutEffect('AutoDeploy', 'Description', 'Tags'),
});

const integrationSchema = z.strictObject({
  ApiId: z.string(),
  IntegrationType: z.literal('AWS_PROXY', 'only integrations with Lambda functions are supported'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0', 'only payload format version 2.0 is supported'),
  TimeoutInMillis: integer.optional(),
  ...withoutEffect('Description', 'IntegrationMethod'),
});

const routeSchema = z.strictObject({
  ApiId: z.string(),
  RouteKey: z.string(),
  Target: z.string(),
  AuthorizationType: z.enum(['NONE', 'CUSTOM']).default('NONE'),
  AuthorizerId: z.string().optional(),
  ...withoutEffect('OperationName'),
});

const authorizerSchema = z.strictObject({
  ApiId: z.string(),
  Name: z.string(),
  AuthorizerType: z.literal('REQUEST', 'only Lambda authorizers are supported by the local AWS'),
  AuthorizerUri: z.string(),
  AuthorizerPayloadFormatVersion: z.literal('2.0'),
  // API Gateway's default.
  AuthorizerResultTtlInSeconds: integer.default(300),
  EnableSimpleResponses: z.boolean().default(false),
  IdentitySource: z.array(z.string()).default([]),
});

/** The HTTP APIs with their routes, integrations, authorizers and stages, which templates hold apart. */
export const readHttpApis = ({ resources }: Deployment): readonly HttpApiPlan[] => {
  const parts = {
    stages: partsOf(resources, 'AWS::ApiGatewayV2::Stage', stageSchema),
    integrations: partsOf(resources, 'AWS::ApiGatewayV2::Integration', integrationSchema),
    routes: partsOf(resources, 'AWS::ApiGatewayV2::Route', routeSchema),
    authorizers: partsOf(resources, 'AWS::ApiGatewayV2::Authorizer', authorizerSchema),
  };
  return resources
    .filter(({ type }) => type === 'AWS::ApiGatewayV2::Api')
    .map((api) => readHttpApi(api, parts));
};

interface Part<Properties> {
  readonly resource: DeployedResource;
  readonly properties: Properties;
}

interface Parts {
  readonly stages: readonly Part<z.infer<typeof stageSchema>>[];
  readonly integrations: readonly Part<z.infer<typeof integrationSchema>>[];
  readonly routes: readonly Part<z.infer<typeof routeSchema>>[];
  readonly authorizers: readonly Part<z.infer<typeof authorizerSchema>>[];
}

const partsOf = <Schema extends z.ZodType>(
  resources: readonly DeployedResource[],
  type: string,
  schema: Schema,
): readonly Part<z.infer<Schema>>[] =>
  resources
    .filter((resource) => resource.type === type)
    .map((resource) => ({ resource, properties: parseProperties(resource, schema) }));

const readHttpApi = (api: DeployedResource, all: Parts): HttpApiPlan => {
  const { Name, CorsConfiguration } = parseProperties(api, apiSchema);
  const isOwn = ({ properties }: Part<{ ApiId: string }>): boolean => properties.ApiId === api.name;
  const stage = all.stages.find(isOwn)?.properties;
  if (stage === undefined)
    throw new Error(`${describeResource(api)} has no stage, so nothing of it can be called`);
  const throttling = readThrottling(stage.DefaultRouteSettings);
  const authorizers = all.authorizers.filter(isOwn);
  return {
    name: Name,
    config: {
      apiId: api.name,
      stage: stage.StageName,
      routes: all.routes.filter(isOwn).map((route) => readRoute(route, all)),
      authorizers: Object.fromEntries(
        authorizers.map(({ resource, properties }) => [resource.name, readAuthorizer(properties)]),
      ),
      ...(CorsConfiguration !== undefined && { cors: CorsConfiguration }),
      ...(throttling !== undefined && { throttling }),
      routeThrottling: Object.fromEntries(
        Object.entries(stage.RouteSettings).flatMap(([routeKey, settings]) => {
          const limits = readThrottling(settings);
          return limits === undefined ? [] : [[routeKey, limits]];
        }),
      ),
      // Beside the logs of the functions, under a name that no function can have.
      ...(stage.AccessLogSettings && {
        accessLog: { format: stage.AccessLogSettings.Format, name: `${Name}.access` },
      }),
    },
  };
};

/** What is not said is the account's: 10,000 requests a second, 5,000 at once. */
const readThrottling = (
  settings: z.infer<typeof routeSettingsSchema> | undefined,
): ThrottlingConfig | undefined => {
  const { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit } = settings ?? {};
  if (rateLimit === undefined && burstLimit === undefined) return undefined;
  return { rateLimit: rateLimit ?? 10_000, burstLimit: burstLimit ?? 5_000 };
};

const readRoute = (
  { resource, properties }: Parts['routes'][number],
  { integrations }: Parts,
): RouteConfig => {
  const { RouteKey, Target, AuthorizerId } = properties;
  const integration = integrations.find(
    (part) => Target === `integrations/${part.resource.name}`,
  )?.properties;
  if (integration === undefined)
    throw new Error(`${describeResource(resource)}: there is no target ${Target}`);
  return {
    routeKey: RouteKey,
    functionArn: integration.IntegrationUri,
    ...(AuthorizerId !== undefined && { authorizer: AuthorizerId }),
    ...(integration.TimeoutInMillis !== undefined && { timeoutMs: integration.TimeoutInMillis }),
  };
};

const readAuthorizer = (properties: z.infer<typeof authorizerSchema>): AuthorizerConfig => {
  // arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations
  const functionArn = /\/functions\/(.+)\/invocations$/.exec(properties.AuthorizerUri)?.[1];
  if (functionArn === undefined) {
    throw new Error(
      `Authorizer ${properties.Name}: AuthorizerUri ${properties.AuthorizerUri} names no function`,
    );
  }
  return {
    functionArn,
    identitySources: properties.IdentitySource,
    resultTtlSeconds: properties.AuthorizerResultTtlInSeconds,
    simpleResponses: properties.EnableSimpleResponses,
    payloadFormatVersion: properties.AuthorizerPayloadFormatVersion,
  };
};

/** Optional properties of our types are absent or set, never undefined. */
function withoutUndefined<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}

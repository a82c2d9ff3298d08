import type { CorsConfiguration } from './cors.ts';

/** An HTTP API as the template describes it, all references resolved. */
export interface HttpApiConfig {
  readonly apiId: string;
  readonly stage: '$default';
  readonly routes: readonly RouteConfig[];
  readonly authorizers: Readonly<Record<string, AuthorizerConfig>>;
  readonly cors?: CorsConfiguration;
  /** Default route settings of the stage: each route has a bucket of its own. */
  readonly throttling?: ThrottlingConfig;
  /** Settings of single routes, by route key, instead of the default ones. */
  readonly routeThrottling?: Readonly<Record<string, ThrottlingConfig>>;
  readonly accessLog?: AccessLogConfig;
}

export interface AccessLogConfig {
  /** Text with `$context.…` variables, one line for each request. */
  readonly format: string;
  /** The log is `<name>.log`. */
  readonly name: string;
}

export interface RouteConfig {
  /** `GET /v1/mounts/{mountId}`, `ANY /{proxy+}` or `$default`. */
  readonly routeKey: string;
  readonly functionArn: string;
  /** Name in `authorizers`. */
  readonly authorizer?: string;
  /** The integration's TimeoutInMillis, 50 to 30,000. Default 30,000. */
  readonly timeoutMs?: number;
}

export interface AuthorizerConfig {
  readonly functionArn: string;
  /** `$request.header.Authorization`, `$request.querystring.token`, `$context.routeKey` and their like. */
  readonly identitySources: readonly string[];
  /** 0 to 3600; 0 turns the cache off. */
  readonly resultTtlSeconds: number;
  /** Whether the function may answer in the simple form instead of an IAM policy. */
  readonly simpleResponses: boolean;
  readonly payloadFormatVersion: '2.0';
}

export interface ThrottlingConfig {
  /** Requests per second. */
  readonly rateLimit: number;
  readonly burstLimit: number;
}

export const MAX_INTEGRATION_TIMEOUT_MS = 30_000;
const MIN_INTEGRATION_TIMEOUT_MS = 50;
const MAX_CACHE_TTL_SECONDS = 3600;
/** Variables that an identity source may name: of a request they are always known. */
const IDENTITY_VARIABLES = new Set(
  [
    ...['accountId', 'apiId', 'domainName', 'domainPrefix', 'httpMethod', 'identity.sourceIp'],
    ...['identity.userAgent', 'path', 'protocol', 'routeKey', 'stage'],
  ].map((name) => `$context.${name}`),
);
const REQUEST_SOURCE = /^\$request\.(header|querystring)\.[^.\s]+$/;

/** Throws one error that lists what API Gateway would refuse to deploy, and what is not supported here. */
export function assertHttpApiConfig(config: HttpApiConfig): void {
  const problems = [
    ...(config.stage === '$default' ? [] : [`stage ${config.stage}: only $default is supported`]),
    ...config.routes.flatMap((route) => findRouteProblems(route, config)),
    ...Object.entries(config.authorizers).flatMap(([name, authorizer]) =>
      findAuthorizerProblems(authorizer).map((text) => `authorizer ${name}: ${text}`),
    ),
    ...findThrottlingProblems(config),
    ...findCorsProblems(config.cors),
  ];
  if (problems.length > 0) throw new Error(`The HTTP API cannot be served:\n- ${problems.join('\n- ')}`);
}

function findRouteProblems(route: RouteConfig, { authorizers }: HttpApiConfig): string[] {
  const problems: string[] = [];
  const { routeKey, authorizer, timeoutMs = MAX_INTEGRATION_TIMEOUT_MS } = route;
  if (authorizer !== undefined && !Object.hasOwn(authorizers, authorizer)) {
    problems.push(`route ${routeKey}: there is no authorizer ${authorizer}`);
  }
  if (timeoutMs < MIN_INTEGRATION_TIMEOUT_MS || timeoutMs > MAX_INTEGRATION_TIMEOUT_MS) {
    problems.push(`route ${routeKey}: timeoutMs is ${timeoutMs}, allowed are 50 to 30000`);
  }
  return problems;
}

function findAuthorizerProblems(authorizer: AuthorizerConfig): string[] {
  const { identitySources, resultTtlSeconds, payloadFormatVersion } = authorizer;
  const problems: string[] = [];
  if (payloadFormatVersion !== '2.0') problems.push('only payload format version 2.0 is supported');
  if (resultTtlSeconds < 0 || resultTtlSeconds > MAX_CACHE_TTL_SECONDS) {
    problems.push(`resultTtlSeconds is ${resultTtlSeconds}, allowed are 0 to 3600`);
  }
  if (resultTtlSeconds > 0 && identitySources.length === 0) {
    problems.push('caching needs at least one identity source');
  }
  for (const source of identitySources.filter((each) => !isIdentitySource(each))) {
    problems.push(
      `identity source ${source} is not supported: use a header, a query string or a variable such as $context.routeKey`,
    );
  }
  return problems;
}

function isIdentitySource(source: string): boolean {
  return REQUEST_SOURCE.test(source) || IDENTITY_VARIABLES.has(source);
}

function findThrottlingProblems({ routes, routeThrottling = {} }: HttpApiConfig): string[] {
  return Object.keys(routeThrottling)
    .filter((key) => !routes.some(({ routeKey }) => routeKey === key))
    .map((key) => `route settings: there is no route ${key}`);
}

function findCorsProblems(cors: CorsConfiguration | undefined): string[] {
  return cors?.AllowCredentials && cors.AllowOrigins?.includes('*')
    ? ['cors: AllowCredentials cannot be combined with the origin *']
    : [];
}

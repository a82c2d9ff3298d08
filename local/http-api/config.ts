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
  /** `$request.header.Authorization`, `$request.querystring.token` or `$context.routeKey`. */
  readonly identitySources: readonly string[];
  /** 0 to 3600; 0 turns the cache off. */
  readonly resultTtlSeconds: number;
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
const IDENTITY_SOURCE = /^(\$request\.(header|querystring)\.[^.\s]+|\$context\.routeKey)$/;

/** Throws one error that lists what API Gateway would refuse to deploy, and what is not supported here. */
export function assertHttpApiConfig(config: HttpApiConfig): void {
  const problems = [
    ...(config.stage === '$default' ? [] : [`stage ${config.stage}: only $default is supported`]),
    ...config.routes.flatMap((route) => findRouteProblems(route, config)),
    ...Object.entries(config.authorizers).flatMap(([name, authorizer]) =>
      findAuthorizerProblems(authorizer).map((text) => `authorizer ${name}: ${text}`),
    ),
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
  const { identitySources, resultTtlSeconds, simpleResponses, payloadFormatVersion } = authorizer;
  const problems: string[] = [];
  if (!simpleResponses) problems.push('IAM policy responses are not supported here, enable simple responses');
  if (payloadFormatVersion !== '2.0') problems.push('only payload format version 2.0 is supported');
  if (resultTtlSeconds < 0 || resultTtlSeconds > MAX_CACHE_TTL_SECONDS) {
    problems.push(`resultTtlSeconds is ${resultTtlSeconds}, allowed are 0 to 3600`);
  }
  if (resultTtlSeconds > 0 && identitySources.length === 0) {
    problems.push('caching needs at least one identity source');
  }
  for (const source of identitySources.filter((each) => !IDENTITY_SOURCE.test(each))) {
    problems.push(
      `identity source ${source} is not supported: use a header, query string or $context.routeKey`,
    );
  }
  return problems;
}

function findCorsProblems(cors: CorsConfiguration | undefined): string[] {
  return cors?.AllowCredentials && cors.AllowOrigins?.includes('*')
    ? ['cors: AllowCredentials cannot be combined with the origin *']
    : [];
}

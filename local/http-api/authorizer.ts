import type { InvokeFunction, LocalClock } from '../services.ts';
import { type AuthorizerAnswer, readAuthorizerAnswer } from './authorizer-response.ts';
import type { AuthorizerConfig } from './config.ts';
import { contextVariables } from './context-variables.ts';
import { invokeWithin } from './invoke-within.ts';
import type { ApiIdentity, ReceivedRequest, RequestDescription } from './request-event.ts';

/** What an authorizer decides: 200 lets the request pass, with the context for the integration. */
export type Verdict =
  | { readonly statusCode: 200 | 403; readonly context: unknown }
  | { readonly statusCode: 401 }
  /** It could not say. */
  | { readonly statusCode: 500; readonly error: string };

/** API Gateway's timeout for a Lambda authorizer. */
const TIMEOUT_MS = 10_000;
/** From this size on, expired results are removed before one is added. */
const CACHE_PRUNE_SIZE = 1000;

/** A Lambda REQUEST authorizer; its answers are cached by the identity sources' values, for all routes that use it. */
export class Authorizer {
  readonly #config: AuthorizerConfig;
  readonly #api: ApiIdentity;
  readonly #invoke: InvokeFunction;
  readonly #clock: LocalClock;
  readonly #cache = new Map<string, { answer: AuthorizerAnswer; expiresAt: number }>();

  constructor(config: AuthorizerConfig, api: ApiIdentity, invoke: InvokeFunction, clock: LocalClock) {
    this.#config = config;
    this.#api = api;
    this.#invoke = invoke;
    this.#clock = clock;
  }

  async authorize(request: ReceivedRequest, description: RequestDescription): Promise<Verdict> {
    const variables = contextVariables(request, description.routeKey, this.#api);
    const identity = this.#config.identitySources.map((source) => readSource(source, description, variables));
    // A request without all its identity sources is refused without asking the function.
    if (identity.some((value) => value === undefined || value === '')) return { statusCode: 401 };

    const { region, accountId, apiId } = this.#api;
    const routeArn = `arn:aws:execute-api:${region}:${accountId}:${apiId}/$default/${request.method}${request.path}`;
    const cacheKey = JSON.stringify(identity);
    const cached = this.#cache.get(cacheKey);
    if (cached !== undefined && cached.expiresAt > this.#clock()) return verdictOf(cached.answer, routeArn);
    try {
      const answer = await this.#ask({ routeArn, identitySource: identity, ...description });
      this.#remember(cacheKey, answer);
      return verdictOf(answer, routeArn);
    } catch (error) {
      return { statusCode: 500, error: error instanceof Error ? error.message : String(error) };
    }
  }

  async #ask(description: object): Promise<AuthorizerAnswer> {
    const event = { version: '2.0', type: 'REQUEST', ...description };
    const outcome = await invokeWithin(TIMEOUT_MS, this.#invoke, this.#config.functionArn, event);
    switch (outcome.kind) {
      case 'succeeded':
        return readAuthorizerAnswer(outcome.payload, this.#config.simpleResponses);
      case 'function-error':
        throw new Error(`The authorizer returned an error: ${outcome.message}`);
      case 'timed-out':
        throw new Error(`The authorizer did not answer within ${TIMEOUT_MS} ms.`);
      case 'refused':
        throw new Error(`The authorizer could not be invoked: ${outcome.name}.`);
    }
  }

  #remember(cacheKey: string, answer: AuthorizerAnswer): void {
    if (this.#config.resultTtlSeconds === 0) return;
    const now = this.#clock();
    if (this.#cache.size >= CACHE_PRUNE_SIZE) {
      for (const [key, { expiresAt }] of this.#cache) if (expiresAt <= now) this.#cache.delete(key);
    }
    this.#cache.set(cacheKey, { answer, expiresAt: now + this.#config.resultTtlSeconds * 1000 });
  }
}

function verdictOf(answer: AuthorizerAnswer, routeArn: string): Verdict {
  return { statusCode: answer.allows(routeArn) ? 200 : 403, context: answer.context };
}

/** Header names do not depend on case, query string names do. */
function readSource(
  source: string,
  description: RequestDescription,
  variables: Readonly<Record<string, string>>,
): string | undefined {
  const [, kind, name = ''] = /^\$(request\.header|request\.querystring|context)\.(.+)$/.exec(source) ?? [];
  if (kind === 'context') return variables[name];
  return kind === 'request.header'
    ? description.headers[name.toLowerCase()]
    : description.queryStringParameters?.[name];
}

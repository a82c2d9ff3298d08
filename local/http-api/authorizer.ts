import { z } from 'zod';
import type { InvokeFunction, LocalClock } from '../services.ts';
import type { AuthorizerConfig } from './config.ts';
import { invokeWithin } from './invoke-within.ts';
import type { ApiIdentity, ReceivedRequest, RequestDescription } from './request-event.ts';

/** What an authorizer decides: 200 lets the request pass, with the context for the integration. */
type Verdict =
  | { readonly statusCode: 200; readonly context: unknown }
  | { readonly statusCode: 401 | 403 | 500 };

const simpleResponse = z.object({ isAuthorized: z.boolean(), context: z.unknown().default({}) });

/** API Gateway's timeout for a Lambda authorizer. */
const TIMEOUT_MS = 10_000;
/** From this size on, expired results are removed before one is added. */
const CACHE_PRUNE_SIZE = 1000;

/** A Lambda REQUEST authorizer with simple responses; its results are cached by the identity sources' values. */
export class Authorizer {
  readonly #config: AuthorizerConfig;
  readonly #api: ApiIdentity;
  readonly #invoke: InvokeFunction;
  readonly #clock: LocalClock;
  readonly #cache = new Map<string, { verdict: Verdict; expiresAt: number }>();

  constructor(config: AuthorizerConfig, api: ApiIdentity, invoke: InvokeFunction, clock: LocalClock) {
    this.#config = config;
    this.#api = api;
    this.#invoke = invoke;
    this.#clock = clock;
  }

  async authorize(request: ReceivedRequest, description: RequestDescription): Promise<Verdict> {
    const identity = this.#config.identitySources.map((source) => readSource(source, description));
    // A request without all its identity sources is refused without asking the function.
    if (identity.some((value) => value === undefined || value === '')) return { statusCode: 401 };

    const cacheKey = JSON.stringify(identity);
    const cached = this.#cache.get(cacheKey);
    if (cached !== undefined && cached.expiresAt > this.#clock()) return cached.verdict;
    const verdict = await this.#ask(request, description, identity);
    if (verdict.statusCode !== 500) this.#remember(cacheKey, verdict);
    return verdict;
  }

  async #ask(request: ReceivedRequest, description: RequestDescription, identity: unknown): Promise<Verdict> {
    const { region, accountId, apiId } = this.#api;
    const event = {
      version: '2.0',
      type: 'REQUEST',
      routeArn: `arn:aws:execute-api:${region}:${accountId}:${apiId}/$default/${request.method}${request.path}`,
      identitySource: identity,
      ...description,
    };
    const outcome = await invokeWithin(TIMEOUT_MS, this.#invoke, this.#config.functionArn, event);
    if (outcome.kind !== 'succeeded') return { statusCode: 500 };
    const response = simpleResponse.safeParse(JSON.parse(outcome.payload));
    if (!response.success) return { statusCode: 500 };
    return response.data.isAuthorized
      ? { statusCode: 200, context: response.data.context }
      : { statusCode: 403 };
  }

  #remember(cacheKey: string, verdict: Verdict): void {
    if (this.#config.resultTtlSeconds === 0) return;
    const now = this.#clock();
    if (this.#cache.size >= CACHE_PRUNE_SIZE) {
      for (const [key, { expiresAt }] of this.#cache) if (expiresAt <= now) this.#cache.delete(key);
    }
    this.#cache.set(cacheKey, { verdict, expiresAt: now + this.#config.resultTtlSeconds * 1000 });
  }
}

/** Header names do not depend on case, query string names do. */
function readSource(source: string, description: RequestDescription): string | undefined {
  if (source === '$context.routeKey') return description.routeKey;
  const name = source.slice(source.lastIndexOf('.') + 1);
  return source.startsWith('$request.header.')
    ? description.headers[name.toLowerCase()]
    : description.queryStringParameters?.[name];
}

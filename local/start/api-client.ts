import type { z } from 'zod';
import { problem } from '../../shared/contracts/problem.ts';
import type { RouteContract } from '../../shared/contracts/route.ts';
import { type RouteName, routes } from '../../shared/contracts/routes.ts';

type Routes = typeof routes;
type Part<N extends RouteName, P extends 'body' | 'params' | 'query'> =
  Routes[N] extends Record<P, infer S extends z.ZodType> ? { readonly [key in P]: z.input<S> } : unknown;
type CallInput<N extends RouteName> = Part<N, 'body'> & Part<N, 'params'> & Part<N, 'query'>;
type CallAnswer<N extends RouteName> = Routes[N] extends { response: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;

export type CallRoute = <N extends RouteName>(name: N, input: CallInput<N>) => Promise<CallAnswer<N>>;

const callTimeoutMillis = 35_000;

/** Calls the service's API as its contracts say. Throws an Error with the problem's detail and hint. */
export function createApiClient(url: string, apiKey: string): CallRoute {
  return async (name, input) => {
    const { method, path, response: schema }: RouteContract = routes[name];
    const { params, query, body } = input as Partial<Record<'params' | 'query', Record<string, string>>> & {
      body?: unknown;
    };
    const target = path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params?.[key] ?? ''));
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
    const response = await fetch(`${url}${target}${search}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(callTimeoutMillis),
    });
    const answer: unknown = response.status === 204 ? undefined : await response.json();
    if (!response.ok) throw new Error(`${name}: ${describe(answer, response.status)}`);
    return schema?.parse(answer) as never;
  };
}

function describe(answer: unknown, status: number): string {
  const parsed = problem.safeParse(answer);
  // What API Gateway itself answers has its own form.
  if (!parsed.success) return `HTTP ${status} ${JSON.stringify(answer)}`;
  return `${parsed.data.code}: ${parsed.data.detail}. ${parsed.data.hint}`;
}

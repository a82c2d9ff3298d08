import type * as z from 'zod';
import type { RouteName, routes } from './routes.ts';

type Routes = typeof routes;
type Part<N extends RouteName, P extends 'body' | 'params' | 'query'> =
  Routes[N] extends Record<P, infer S extends z.ZodType> ? { readonly [key in P]: z.input<S> } : unknown;

/** What a client gives to call a route: the parts that its contract names. */
export type CallInput<N extends RouteName> = Part<N, 'body'> & Part<N, 'params'> & Part<N, 'query'>;

/** What it gets back. */
export type CallAnswer<N extends RouteName> = Routes[N] extends { response: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;

/** The parts of an input as they go on the wire. */
export interface CallParts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The path of a route with its variables in place, and its query. */
export function requestTarget(path: string, { params, query }: CallParts): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params?.[name] ?? ''));
  return query === undefined ? filled : `${filled}?${new URLSearchParams(query)}`;
}

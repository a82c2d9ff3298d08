import {
  type CallAnswer,
  type CallInput,
  type CallParts,
  requestTarget,
} from '../../shared/contracts/calls.ts';
import { problem } from '../../shared/contracts/problem.ts';
import type { RouteContract } from '../../shared/contracts/route.ts';
import { type RouteName, routes } from '../../shared/contracts/routes.ts';

export type CallRoute = <N extends RouteName>(name: N, input: CallInput<N>) => Promise<CallAnswer<N>>;

const callTimeoutMillis = 35_000;

/** Calls the service's API as its contracts say. Throws an Error with the problem's detail and hint. */
export function createApiClient(url: string, apiKey: string): CallRoute {
  return async (name, input) => {
    const { method, path, response: schema }: RouteContract = routes[name];
    const parts = input as CallParts;
    const response = await fetch(`${url}${requestTarget(path, parts)}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(parts.body !== undefined && { body: JSON.stringify(parts.body) }),
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

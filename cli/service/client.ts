import {
  type CallAnswer,
  type CallInput,
  type CallParts,
  requestTarget,
} from '../../shared/contracts/calls.ts';
import { problem } from '../../shared/contracts/problem.ts';
import type { RouteContract } from '../../shared/contracts/route.ts';
import { type RouteName, routes } from '../../shared/contracts/routes.ts';
import { findAccess, type ServiceAccess } from './access.ts';

/** API Gateway answers within 30 s, if with an error. */
const timeoutMillis = 35_000;

export interface ServiceClient {
  call<N extends RouteName>(name: N, input: CallInput<N>): Promise<CallAnswer<N>>;
}

/** The service's API as its contracts say. Every failure is an Error whose message says what to do. */
export function connectService(environment = process.env): ServiceClient {
  const access = findAccess(environment);
  return {
    async call(name, input) {
      const contract: RouteContract = routes[name];
      const response = await send(access, contract, input as CallParts);
      const answer = readJson(await response.text());
      if (!response.ok) throw new Error(describe(response.status, answer, access));
      const result = contract.response?.safeParse(answer);
      if (result?.success === false) {
        throw new Error(
          `${access.url} answers in another form than this program knows: is it of another version?`,
        );
      }
      return result?.data as never;
    },
  };
}

async function send({ url, token }: ServiceAccess, { method, path }: RouteContract, parts: CallParts) {
  try {
    return await fetch(`${url}${requestTarget(path, parts)}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(parts.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(parts.body !== undefined && { body: JSON.stringify(parts.body) }),
      signal: AbortSignal.timeout(timeoutMillis),
    });
  } catch (error) {
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    const why = cause instanceof Error ? cause.message || cause.name : message;
    throw new Error(`the service at ${url} cannot be reached: ${why}`);
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function describe(status: number, answer: unknown, { url }: ServiceAccess): string {
  const parsed = problem.safeParse(answer);
  if (parsed.success) {
    const { code, detail, hint } = parsed.data;
    return `${code}: ${detail}${/[.!?]$/.test(detail) ? '' : '.'} ${hint}`;
  }
  // What API Gateway itself answers has no problem details.
  if (status === 401 || status === 403) {
    return `the service at ${url} refuses the API key (${status}): is it right, and not revoked?`;
  }
  return `the service at ${url} answers with status ${status} and no reason; try again later`;
}

/** Every row of a list, page after page. */
export async function* rowsOf<Row>(
  readPage: (query: {
    cursor?: string;
  }) => Promise<{ readonly items: readonly Row[]; readonly cursor?: string | undefined }>,
): AsyncGenerator<Row> {
  let cursor: string | undefined;
  do {
    const page = await readPage(cursor === undefined ? {} : { cursor });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

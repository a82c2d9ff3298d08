import type { Operation } from './operation.ts';
import { REFUSED_OPERATIONS } from './refused.ts';
import { OPERATIONS } from './table.ts';

/** What a request asks for. */
export interface Route {
  /** The operation's name. */
  readonly name: string;
  /** Absent: this server does not have it. */
  readonly operation?: Operation;
  /** The function that the path names. */
  readonly functionName?: string;
  readonly query: URLSearchParams;
}

interface Pattern {
  readonly name: string;
  readonly method: string;
  readonly path: RegExp;
  readonly operation?: Operation;
}

const PATTERNS: readonly Pattern[] = [
  ...Object.entries(OPERATIONS).map(([name, operation]) => ({
    ...{ name, operation, method: operation.method },
    path: patternOf(operation.path),
  })),
  ...Object.entries(REFUSED_OPERATIONS).map(([name, target]) => {
    const [method = '', path = ''] = target.split(' ');
    return { name, method, path: patternOf(path) };
  }),
];

/** @returns undefined for what Lambda does not have either, or a name that is not validly encoded. */
export function findRoute(method: string, url: string): Route | undefined {
  const { pathname, searchParams: query } = new URL(url, 'http://lambda');
  for (const pattern of PATTERNS) {
    const groups = pattern.method === method ? pattern.path.exec(pathname)?.groups : undefined;
    if (groups === undefined) continue;
    const functionName = decode(groups.FunctionName);
    const { name, operation } = pattern;
    return { name, query, ...(operation && { operation }), ...(functionName && { functionName }) };
  }
  return undefined;
}

/** A path with names in braces; the SDK sends some paths with a slash at the end. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?(?<end>)$`);
}

function decode(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}

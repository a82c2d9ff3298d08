import type { RouteConfig } from './config.ts';

export interface RouteMatch {
  readonly route: RouteConfig;
  readonly pathParameters: Readonly<Record<string, string>>;
}

type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'greedy'; readonly name: string };

interface Pattern {
  readonly route: RouteConfig;
  readonly method: string;
  readonly segments: readonly Segment[];
}

const ROUTE_KEY = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|ANY) \/(.*)$/;
const SEGMENT = /^(?:\{([\w.:-]+)(\+?)\}|([^{}]*))$/;
const SPECIFICITY = { literal: 0, variable: 1, greedy: 2 };

/**
 * Chooses routes as API Gateway does: the most specific match of method and path, then greedy variables, then
 * $default (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
 */
export class RouteTable {
  readonly #patterns: readonly Pattern[];
  readonly #default: RouteConfig | undefined;

  /** @throws Error for a route key that API Gateway would refuse. */
  constructor(routes: readonly RouteConfig[]) {
    this.#default = routes.find((route) => route.routeKey === '$default');
    this.#patterns = routes
      .filter((route) => route !== this.#default)
      .map(parseRouteKey)
      .sort(compareSpecificity);
    assertDistinct(this.#patterns);
  }

  /** @param path decoded, with its leading slash */
  match(method: string, path: string): RouteMatch | undefined {
    const parts = path.slice(1).split('/');
    for (const pattern of this.#patterns) {
      if (pattern.method !== method && pattern.method !== 'ANY') continue;
      const pathParameters = matchSegments(pattern.segments, parts);
      if (pathParameters !== undefined) return { route: pattern.route, pathParameters };
    }
    return this.#default && { route: this.#default, pathParameters: {} };
  }
}

function parseRouteKey(route: RouteConfig): Pattern {
  const [, method, path] = ROUTE_KEY.exec(route.routeKey) ?? [];
  if (method === undefined || path === undefined) {
    throw new Error(
      `The route key ${route.routeKey} is not of the form "METHOD /path", "ANY /path" or $default.`,
    );
  }
  const segments = path.split('/').map((text) => parseSegment(text, route));
  const hasEmptyPart = path !== '' && path.split('/').includes('');
  if (hasEmptyPart || segments.slice(0, -1).some(({ kind }) => kind === 'greedy')) {
    throw new Error(
      `The route key ${route.routeKey} has an empty segment, a slash at its end, or {name+} before its end.`,
    );
  }
  return { route, method, segments };
}

function parseSegment(text: string, route: RouteConfig): Segment {
  const [isValid, name, greedy, literal = ''] = SEGMENT.exec(text) ?? [];
  if (isValid === undefined) throw new Error(`The route key ${route.routeKey} has braces within a segment.`);
  if (name === undefined) return { kind: 'literal', text: literal };
  return { kind: greedy === '+' ? 'greedy' : 'variable', name };
}

/** Sorts what API Gateway prefers to the front: segment by segment, then a method before ANY. */
function compareSpecificity(left: Pattern, right: Pattern): number {
  for (const [index, segment] of left.segments.entries()) {
    const other = right.segments[index];
    if (other === undefined) return -1;
    const difference = SPECIFICITY[segment.kind] - SPECIFICITY[other.kind];
    if (difference !== 0) return difference;
  }
  if (left.segments.length < right.segments.length) return 1;
  return Number(left.method === 'ANY') - Number(right.method === 'ANY');
}

function assertDistinct(patterns: readonly Pattern[]): void {
  const seen = new Map<string, string>();
  for (const pattern of patterns) {
    const { routeKey } = pattern.route;
    const other = seen.get(shapeOf(pattern));
    if (other !== undefined) throw new Error(`The routes ${other} and ${routeKey} match the same requests.`);
    seen.set(shapeOf(pattern), routeKey);
  }
}

function shapeOf({ method, segments }: Pattern): string {
  return [
    method,
    ...segments.map((segment) => (segment.kind === 'literal' ? segment.text : `{${segment.kind}}`)),
  ].join('/');
}

/** A variable takes one part that is not empty; a greedy one takes all that is left, even nothing after a slash. */
function matchSegments(
  segments: readonly Segment[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const isGreedy = segments.at(-1)?.kind === 'greedy';
  if (isGreedy ? parts.length < segments.length : parts.length !== segments.length) return undefined;
  const pathParameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index] ?? '';
    if (segment.kind === 'greedy') pathParameters[segment.name] = parts.slice(index).join('/');
    else if (segment.kind === 'variable' && part !== '') pathParameters[segment.name] = part;
    else if (segment.kind === 'variable' || segment.text !== part) return undefined;
  }
  return pathParameters;
}

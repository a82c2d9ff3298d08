import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayResponse } from './gateway-response.ts';

/** The template's CorsConfiguration. */
export interface CorsConfiguration {
  readonly AllowCredentials?: boolean;
  readonly AllowHeaders?: readonly string[];
  readonly AllowMethods?: readonly string[];
  /** Origins, `*`, `http://*` or `https://*`. */
  readonly AllowOrigins?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly MaxAge?: number;
}

/** An OPTIONS request that API Gateway answers itself, whatever the routes say. */
export function isPreflight(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

export function answerPreflight(cors: CorsConfiguration, origin: string | undefined): GatewayResponse {
  return { statusCode: 204, headers: corsHeaders(cors, origin, 'preflight') };
}

/** Adds the configured headers; what an integration says about CORS is then ignored. */
export function withCors(
  response: GatewayResponse,
  cors: CorsConfiguration | undefined,
  origin: string | undefined,
): GatewayResponse {
  if (cors === undefined) return response;
  const others = Object.entries(response.headers).filter(([name]) => !name.startsWith('access-control-'));
  return {
    ...response,
    headers: { ...Object.fromEntries(others), ...corsHeaders(cors, origin, 'response') },
  };
}

/** CORS headers for a request of this origin; none when it has no origin or one that is not allowed. */
function corsHeaders(
  cors: CorsConfiguration,
  origin: string | undefined,
  purpose: 'preflight' | 'response',
): Record<string, string> {
  const allowedOrigin = origin === undefined ? undefined : findAllowedOrigin(cors, origin);
  if (allowedOrigin === undefined) return {};
  const headers: Record<string, string> = { 'access-control-allow-origin': allowedOrigin };
  if (cors.AllowCredentials) headers['access-control-allow-credentials'] = 'true';
  if (cors.ExposeHeaders?.length) headers['access-control-expose-headers'] = cors.ExposeHeaders.join(',');
  if (purpose === 'response') return headers;
  if (cors.AllowMethods?.length) headers['access-control-allow-methods'] = cors.AllowMethods.join(',');
  if (cors.AllowHeaders?.length) headers['access-control-allow-headers'] = cors.AllowHeaders.join(',');
  if (cors.MaxAge !== undefined) headers['access-control-max-age'] = String(cors.MaxAge);
  return headers;
}

function findAllowedOrigin({ AllowOrigins = [] }: CorsConfiguration, origin: string): string | undefined {
  if (AllowOrigins.includes('*')) return '*';
  const isAllowed = AllowOrigins.some(
    (allowed) => allowed === origin || (allowed.endsWith('://*') && origin.startsWith(allowed.slice(0, -1))),
  );
  return isAllowed ? origin : undefined;
}

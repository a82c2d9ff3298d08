import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as z from 'zod';
import { type GatewayResponse, gatewayError } from './gateway-response.ts';

const headerValue = z.union([z.string(), z.number(), z.boolean()]).transform(String).refine(isHeaderValue);

const functionResponse = z.object({
  statusCode: z.int().min(200).max(599),
  headers: z.record(z.string().refine(isHeaderName), headerValue).nullish(),
  cookies: z.array(headerValue).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/** Set by the server for what it really sends. */
const OWN_HEADERS = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding']);

/**
 * Translates a function's result of payload format 2.0. A result without `statusCode` is the body of a JSON
 * response with status 200; one of the wrong form is an internal server error.
 */
export function translateResult(payload: string): GatewayResponse {
  const result: unknown = JSON.parse(payload);
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = typeof result === 'string' ? result : payload;
    return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
  }
  const response = functionResponse.safeParse(result);
  if (!response.success) return gatewayError(500);

  const { statusCode, headers, cookies, body, isBase64Encoded } = response.data;
  return {
    statusCode,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...normalizeHeaders(headers ?? {}) },
    cookies: cookies ?? [],
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}

function normalizeHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !OWN_HEADERS.has(name)),
  );
}

function isHeaderName(name: string): boolean {
  return doesNotThrow(() => validateHeaderName(name));
}

function isHeaderValue(value: string): boolean {
  return doesNotThrow(() => validateHeaderValue('value', value));
}

function doesNotThrow(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

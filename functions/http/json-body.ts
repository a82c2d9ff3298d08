import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ServiceError } from '../../shared/errors.ts';

const jsonType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** The JSON of a request's body; nothing sent is `{}`. Of a key that comes twice the last value counts, as in JavaScript. */
export function readJsonBody(event: APIGatewayProxyEventV2): unknown {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length === 0) return {};
  requireJson(event.headers ?? {});
  try {
    // Replacing what is no UTF-8 would store another text than was sent.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.trim() === '' ? {} : JSON.parse(text);
  } catch (cause) {
    throw new ServiceError('REQUEST_INVALID', 'the body is not JSON in UTF-8', { cause });
  }
}

/** A body without a type is taken for JSON; one that says it is something else is not guessed at. */
function requireJson(headers: Readonly<Record<string, string | undefined>>): void {
  const { 'content-type': type = 'application/json', 'content-encoding': encoding = 'identity' } = headers;
  if (!jsonType.test(type)) throw new ServiceError('MEDIA_TYPE_UNSUPPORTED', `the body is ${type}, not JSON`);
  if (encoding.toLowerCase() === 'identity') return;
  throw new ServiceError('MEDIA_TYPE_UNSUPPORTED', `a body with Content-Encoding ${encoding} is not read`);
}

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { LambdaServiceError } from './errors.ts';

/** A request as its signature covers it. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Throws when a signature does not hold: the error's `name` and message are answered with 403. */
export type Authenticate = (request: SignedRequest) => void | Promise<void>;

export interface ApiResponse {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The largest body that a request may have, and the error for one that is larger. */
export interface BodyLimit {
  readonly bytes: number;
  readonly exceeded: (bytes: number) => LambdaServiceError;
}

interface HttpEndpointOptions {
  readonly port: number;
  readonly authenticate: Authenticate | undefined;
  readonly limitOf: (method: string, url: string) => BodyLimit;
  readonly answer: (request: SignedRequest, requestId: string) => Promise<ApiResponse>;
}

/** Listens on loopback and answers each request, once it was read whole and authenticated. */
export async function listenHttp({
  port,
  authenticate,
  limitOf,
  answer,
}: HttpEndpointOptions): Promise<Server> {
  async function handle(incoming: IncomingMessage, requestId: string): Promise<ApiResponse> {
    const { method = '', url = '', headers } = incoming;
    const request = { method, url, headers, body: await readBody(incoming, limitOf(method, url)) };
    await checkSignature(authenticate, request);
    return answer(request, requestId);
  }

  const server = createServer((incoming, response) => {
    const requestId = randomUUID();
    handle(incoming, requestId)
      .catch(errorResponse)
      .then((answered) => send(response, requestId, answered));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

/** Reads to the end even when it is too long, so that the client is there for the answer. */
async function readBody(incoming: IncomingMessage, limit: BodyLimit): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    if (bytes <= limit.bytes) chunks.push(chunk);
  }
  if (bytes > limit.bytes) throw limit.exceeded(bytes);
  return Buffer.concat(chunks);
}

async function checkSignature(authenticate: Authenticate | undefined, request: SignedRequest): Promise<void> {
  try {
    await authenticate?.(request);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new LambdaServiceError(error.name, 403, error.message);
  }
}

function errorResponse(error: unknown): ApiResponse {
  const { name, statusCode, message, reason } =
    error instanceof LambdaServiceError
      ? error
      : new LambdaServiceError(
          'ServiceException',
          500,
          error instanceof Error ? error.message : String(error),
        );
  return {
    statusCode,
    headers: { 'x-amzn-errortype': name },
    body: JSON.stringify({ Type: statusCode < 500 ? 'User' : 'Service', message, Reason: reason }),
  };
}

function send(response: ServerResponse, requestId: string, { statusCode, headers, body }: ApiResponse): void {
  response.writeHead(statusCode, {
    'content-type': 'application/json',
    'x-amzn-requestid': requestId,
    ...headers,
  });
  response.end(body);
}

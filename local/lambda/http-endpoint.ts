import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { LambdaServiceError, requestTooLarge } from './errors.ts';
import { SYNC_REQUEST_BYTES } from './limits.ts';

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

/** Listens on loopback and lets `answer` answer each request, once it was read whole and authenticated. */
export async function listenHttp(
  port: number,
  authenticate: Authenticate | undefined,
  answer: (request: SignedRequest, requestId: string) => Promise<ApiResponse>,
): Promise<Server> {
  async function handle(incoming: IncomingMessage, requestId: string): Promise<ApiResponse> {
    const { method = '', url = '', headers } = incoming;
    const request = { method, url, headers, body: await readBody(incoming) };
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
async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    if (bytes <= SYNC_REQUEST_BYTES) chunks.push(chunk);
  }
  if (bytes > SYNC_REQUEST_BYTES) throw requestTooLarge(bytes, 'RequestResponse', SYNC_REQUEST_BYTES);
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

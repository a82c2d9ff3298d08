import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { ApiError } from './errors.ts';
import type { Service } from './operation.ts';
import { operations } from './operations.ts';

export interface ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Throws to refuse a request: the error's `name` and `message` are the answer, with status 400 as in AWS JSON. */
export type Authenticate = (request: ApiRequest) => void;

const TARGET_PREFIX = 'AWSStepFunctions.';
/** Step Functions takes requests of up to 1 MiB. */
const MAX_REQUEST_BYTES = 1_048_576;

/** The API in AWS JSON 1.0: one route, the operation in a header. */
export function createApiServer(service: Service, authenticate: Authenticate | undefined): Server {
  return createServer((request, response) => {
    void answer(request, service, authenticate).then(({ status, body }) => {
      send(response, status, body);
    });
  });
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

async function answer(
  request: IncomingMessage,
  service: Service,
  authenticate: Authenticate | undefined,
): Promise<Answer> {
  try {
    const { method = '', url = '', headers } = request;
    const body = await readBody(request);
    checkCaller(authenticate, { method, url, headers, body });
    const operation = findOperation(headers['x-amz-target']);
    return { status: 200, body: await operation(service, parseBody(body)) };
  } catch (error) {
    return describeError(error);
  }
}

function checkCaller(authenticate: Authenticate | undefined, request: ApiRequest): void {
  try {
    authenticate?.(request);
  } catch (error) {
    throw new ApiError((error as Error).name, (error as Error).message);
  }
}

function findOperation(target: string | string[] | undefined) {
  const name = String(target ?? '').startsWith(TARGET_PREFIX)
    ? String(target).slice(TARGET_PREFIX.length)
    : '';
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined) {
    throw new ApiError(
      'UnknownOperationException',
      `The operation '${name || String(target)}' is not available locally.`,
    );
  }
  return operation;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REQUEST_BYTES) {
      throw new ApiError('RequestEntityTooLargeException', 'The request is larger than 1 MiB.', 413);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString() || '{}');
  } catch (error) {
    throw new ApiError('SerializationException', (error as Error).message);
  }
}

function describeError(error: unknown): Answer {
  if (error instanceof ApiError) {
    return { status: error.status, body: { __type: error.name, message: error.message } };
  }
  process.emitWarning(error as Error);
  return { status: 500, body: { __type: 'InternalFailure', message: (error as Error).message } };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-requestid': randomUUID(),
  });
  response.end(JSON.stringify(body));
}

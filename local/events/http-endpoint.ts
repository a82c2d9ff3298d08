import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import { type PutEventsAnswer, RequestError } from './put-events.ts';

/** A request as its signature covers it. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Throws when a signature does not hold: the error's `name` and message are the answer. */
export type Authenticate = (request: SignedRequest) => void;

/** Above the limit of PutEvents, with room for the JSON around the entries. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** Listens on loopback and speaks AWS JSON 1.1: one route, the operation in a header. */
export const listenEvents = async (
  port: number,
  authenticate: Authenticate | undefined,
  putEvents: (request: unknown) => PutEventsAnswer,
): Promise<Server> => {
  const answer = async (incoming: IncomingMessage): Promise<object> => {
    const { method = '', url = '', headers } = incoming;
    const body = await readBody(incoming);
    checkSignature(authenticate, { method, url, headers, body });
    const target = headers['x-amz-target'];
    if (target !== 'AWSEvents.PutEvents') {
      throw new RequestError(
        'UnknownOperationException',
        `${target} is not supported by the local EventBridge`,
      );
    }
    return putEvents(parseBody(body));
  };
  const server = createServer((incoming, response) => {
    const send = (status: number, body: object): void => {
      response.writeHead(status, {
        'content-type': 'application/x-amz-json-1.1',
        'x-amzn-requestid': randomUUID(),
      });
      response.end(JSON.stringify(body));
    };
    answer(incoming).then(
      (body) => send(200, body),
      (error: Error) =>
        error instanceof RequestError
          ? send(400, { __type: error.name, message: error.message })
          : send(500, { __type: 'InternalException', message: error.message }),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

const checkSignature = (authenticate: Authenticate | undefined, request: SignedRequest): void => {
  try {
    authenticate?.(request);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new RequestError(error.name, error.message);
  }
};

const readBody = async (incoming: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) throw new RequestError('ValidationException', 'the request is too large');
  return Buffer.concat(chunks);
};

const parseBody = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new RequestError('SerializationException', String(error));
  }
};

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalService } from '../services.ts';

/** A request, its body complete, as its signature covers it. */
export interface EndpointRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface EndpointAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Throws when a request may not be made: the error's `name` and message are the answer. */
export type Authenticate = (request: EndpointRequest) => void;

/** The body is larger than the service takes. */
export class RequestTooLarge extends Error {}

interface EndpointOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly maxBodyBytes: number;
  /** `gone` is aborted when the client does not wait any more. Must not throw. */
  readonly answer: (request: EndpointRequest, gone: AbortSignal) => EndpointAnswer | Promise<EndpointAnswer>;
  /** Answers what could not be read. */
  readonly refuse: (error: unknown) => EndpointAnswer;
}

/** Listens on loopback and reads each request whole before it is answered. */
export const listenEndpoint = async (options: EndpointOptions): Promise<LocalService> => {
  const server = createServer((incoming, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    readRequest(incoming, options.maxBodyBytes)
      .then((request) => options.answer(request, gone.signal))
      .catch(options.refuse)
      .then(({ status, headers, body }) => {
        response.writeHead(status, headers);
        response.end(body);
      });
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

/** Reads to the end even when it is too long, so that the client is there for the answer. */
const readRequest = async (incoming: IncomingMessage, maxBodyBytes: number): Promise<EndpointRequest> => {
  const { method = '', url = '', headers } = incoming;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  if (bytes > maxBodyBytes) {
    throw new RequestTooLarge(`The request has ${bytes} bytes, allowed are ${maxBodyBytes}.`);
  }
  return { method, url, headers, body: Buffer.concat(chunks) };
};

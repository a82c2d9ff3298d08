import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer that AWS gives instead of doing what was asked. */
export interface Refusal {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export const slowDown: Refusal = {
  status: 503,
  contentType: 'application/xml',
  body: '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
};

const dynamoDbRefusal = (type: string): Refusal => ({
  status: 400,
  contentType: 'application/x-amz-json-1.0',
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'Throttled' }),
});
export const throughputExceeded = dynamoDbRefusal('ProvisionedThroughputExceededException');
export const kmsThrottled: Refusal = {
  status: 503,
  contentType: 'application/xml',
  body: '<?xml version="1.0"?><Error><Code>ServiceUnavailable</Code><Message>KMS: Rate exceeded</Message></Error>',
};

/** In front of an AWS service: of each run of requests, the first ones are refused and the next one is passed on. */
export async function startThrottlingProxy(endpoint: string, refusal: Refusal, refusedPerRun: number) {
  const target = new URL(endpoint);
  let requests = 0;
  let refusedInRun = 0;
  const server = createServer((incoming, response) => {
    requests += 1;
    if (refusedInRun < refusedPerRun) {
      refusedInRun += 1;
      // Read to its end, so that the connection can be used again.
      incoming.resume().once('end', () => {
        response.writeHead(refusal.status, { 'content-type': refusal.contentType }).end(refusal.body);
      });
      return;
    }
    refusedInRun = 0;
    const { method, url: path, headers } = incoming;
    // The Host header stays as it was signed.
    const onward = request(
      { hostname: target.hostname, port: target.port, method, path, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** All that came, refused or not. */
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

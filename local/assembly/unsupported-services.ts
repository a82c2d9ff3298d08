import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalService } from '../services.ts';

/**
 * The endpoint of every AWS service that the local AWS does not have: without it, the SDK would send the request to
 * AWS itself. Answers with an error that says which service was meant.
 */
export const startUnsupportedServices = async (port: number): Promise<LocalService> => {
  const server = createServer((request, response) => {
    request.resume();
    // Credential=KEY/DAY/REGION/SERVICE/aws4_request
    const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
    const message = `The local AWS has no service "${service ?? 'unknown'}".`;
    response.writeHead(501, { 'content-type': 'application/json', 'x-amzn-errortype': 'NotImplemented' });
    response.end(JSON.stringify({ __type: 'NotImplemented', message }));
  });
  server.listen(port, '127.0.0.1');
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

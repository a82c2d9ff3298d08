import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RouteContract } from '../../shared/contracts/route.ts';
import { type RouteName, routes } from '../../shared/contracts/routes.ts';
import type { Caller } from '../../shared/domain/access.ts';
import type { MemoryService } from '../support/uploading.ts';

const names = Object.keys(routes) as RouteName[];

/** The API of a service in memory, on a port of its own, for whoever sends the token. */
export async function serveApi(service: MemoryService, token: string, caller: Caller) {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const respond = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${token}`) return respond(403, { message: 'Forbidden' });
    for (const name of names) {
      const { method, path }: RouteContract = routes[name];
      const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
      const match = method === request.method ? pattern.exec(pathname) : null;
      if (match === null) continue;
      const params = { ...match.groups } as Record<string, string>;
      const text = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
      const sent = text === '' ? {} : { body: JSON.parse(text) };
      const query = Object.fromEntries(searchParams);
      const answer = await service.send(name, { caller, params, query, ...sent });
      return respond(answer.statusCode ?? 500, answer.body);
    }
    return respond(404, { message: 'Not Found' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise<unknown>((resolve) => server.close(resolve).closeAllConnections()),
  };
}

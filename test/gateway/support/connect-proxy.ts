import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';

/** A small HTTP proxy that opens tunnels (CONNECT), as companies put them between their networks and the internet. */
export class ConnectProxy {
  /** `host:port` of every tunnel that was asked for. */
  readonly asked: string[] = [];
  /** What is answered instead of opening a tunnel. */
  refusesWith: number | undefined;
  /** `user:password` that must be given. */
  credentials: string | undefined;
  readonly #server: Server;
  readonly #clients = new Set<Duplex>();

  private constructor(ports: ReadonlyMap<string, number>) {
    this.#server = createServer();
    this.#server.on('connect', (request, client, head) => {
      const target = request.url ?? '';
      this.asked.push(target);
      this.#clients.add(client);
      client.on('error', () => {});
      const status = this.#refusal(request.headers['proxy-authorization']);
      if (status !== undefined) return void client.end(`HTTP/1.1 ${status} refused\r\n\r\n`);
      const host = target.replace(/:\d+$/u, '');
      const far = connect(ports.get(host) ?? 1, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        far.write(head);
        far.pipe(client).pipe(far);
      });
      far.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
      client.on('close', () => far.destroy());
    });
  }

  /** Names lead to these ports of this machine, whatever port is asked for. Gone when the test ends. */
  static async start(ports: ReadonlyMap<string, number>): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(ports);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      for (const client of proxy.#clients) client.destroy();
      proxy.#server.closeAllConnections();
      await new Promise((resolve) => proxy.#server.close(resolve));
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #refusal(authorization: string | undefined): number | undefined {
    if (this.refusesWith !== undefined) return this.refusesWith;
    if (this.credentials === undefined) return undefined;
    const wanted = `Basic ${Buffer.from(this.credentials).toString('base64')}`;
    return authorization === wanted ? undefined : 407;
  }
}

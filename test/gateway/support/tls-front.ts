import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import { onTestFinished } from 'vitest';

/** Ends TLS before a server that speaks plain HTTP on this machine. Answers its port; gone when the test ends. */
export async function startTlsFront(
  certified: TlsOptions,
  port: number,
  host = '127.0.0.1',
): Promise<number> {
  const clients = new Set<Socket>();
  const server = createServer({ ...certified, ALPNProtocols: ['http/1.1'] }, (client) => {
    const far = connect(port, '127.0.0.1');
    client.pipe(far).pipe(client);
    clients.add(client);
    client.on('error', () => far.destroy());
    far.on('error', () => client.destroy());
    client.on('close', () => far.destroy());
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(async () => {
    for (const client of clients) client.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return (server.address() as AddressInfo).port;
}

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';

export interface ForwarderOptions {
  /** Address or name to listen on. */
  readonly host: string;
  readonly port: number;
  /** Port on 127.0.0.1 that the connections go to. */
  readonly targetPort: number;
  /** Absent: connections come in without TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

export interface Forwarder {
  readonly port: number;
  /** Cuts the connections that are still open: those behind it end first. */
  close(): Promise<void>;
}

/**
 * Takes connections, with TLS or without, and passes their bytes on as they are: what a client signed, its Host header
 * included, is what the service sees.
 */
export const startForwarder = async (options: ForwarderOptions): Promise<Forwarder> => {
  const { host, port, targetPort, tls } = options;
  const context = tls && createSecureContext({ cert: tls.certificate, key: tls.key });
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (connection) => {
    open.add(connection);
    connection.on('close', () => open.delete(connection));
    if (context === undefined) forward(connection, connection, targetPort);
    else acceptTls(connection, context, (client) => forward(client, connection, targetPort));
  });
  const closed = new Promise<void>((resolve) => server.on('close', resolve));
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      server.close();
      for (const connection of open) connection.destroy();
      await closed;
    },
  };
};

/** Calls back when the handshake is done; ends the connection when it cannot be. */
const acceptTls = (connection: Socket, secureContext: SecureContext, use: (client: Socket) => void): void => {
  const client = new TLSSocket(connection, { isServer: true, secureContext });
  // What is wrong with one connection is its client's affair, and is told there.
  connection.on('error', () => connection.destroy());
  client.on('error', () => connection.destroy());
  client.on('secure', () => use(client));
};

/**
 * Joins a client and the service. `pipe` passes bytes on as fast as the slower side takes them, and the end of each
 * direction alone.
 * @param connection what carries the client: a TLS connection cannot be reset by itself.
 */
const forward = (client: Socket, connection: Socket, targetPort: number): void => {
  // Without TLS: it does not leave this machine.
  const service = connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true, noDelay: true });
  client.pipe(service).pipe(client);
  onBreak(client, () => service.resetAndDestroy());
  onBreak(service, () => connection.resetAndDestroy());
};

/** A connection that breaks must break the other: a cut answer would look like a whole one. */
const onBreak = (socket: Socket, cutOther: () => void): void => {
  socket.on('error', cutOther);
  socket.on('close', () => {
    if (!socket.readableEnded || !socket.writableFinished) cutOther();
  });
};

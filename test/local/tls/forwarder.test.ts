import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, connect as connectPlain, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openCertificate, type ServerCertificate } from '../../../local/tls/certificate.ts';
import { type Forwarder, startForwarder } from '../../../local/tls/forwarder.ts';

let folder: string;
let tls: ServerCertificate;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-tls-'));
  tls = await openCertificate(folder, ['localhost', '127.0.0.1'], new Date());
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Front {
  readonly forwarder: Forwarder;
  connect(): Socket;
}

/** Listens with what `serve` does to each connection, behind a forwarder. */
const front = async (isTls: boolean, serve: (service: Socket) => void): Promise<Front> => {
  const service = createServer({ allowHalfOpen: true }, serve).listen(0, '127.0.0.1');
  service.on('connection', (socket) => socket.on('error', () => undefined));
  await once(service, 'listening');
  return frontOf(isTls, (service.address() as AddressInfo).port, () => service.close());
};

const frontOf = async (isTls: boolean, targetPort: number, end: () => void): Promise<Front> => {
  const forwarder = await startForwarder({ host: '127.0.0.1', port: 0, targetPort, ...(isTls && { tls }) });
  onTestFinished(async () => {
    end();
    await forwarder.close();
  });
  const address = { host: '127.0.0.1', port: forwarder.port, allowHalfOpen: true };
  return {
    forwarder,
    connect: () => {
      const socket = isTls ? connectTls({ ...address, ca: tls.certificate }) : connectPlain(address);
      // A test that waits for a break listens itself.
      socket.on('error', () => undefined);
      onTestFinished(() => void socket.destroy());
      return socket;
    },
  };
};

const bytes = (length: number): Buffer => Buffer.alloc(length, 'holdfast ');

describe.each([
  ['with TLS', true],
  ['without TLS', false],
])('a forwarder %s', (_, isTls) => {
  it('passes bytes both ways as they are, and the end of each direction alone', async () => {
    const sent = bytes(5_000_000);
    const { connect } = await front(isTls, async (service) => {
      // Answers only what came before the client's end.
      const received = await buffer(service);
      service.end(Buffer.concat([received, Buffer.from('!')]));
    });

    const client = connect();
    client.end(sent);

    const answer = await buffer(client);
    expect(answer.length).toBe(sent.length + 1);
    expect(answer.subarray(0, -1).equals(sent)).toBe(true);
  });

  it('takes from the service no more than a slow client does', async () => {
    let written = 0;
    const { connect } = await front(isTls, (service) => {
      const chunk = bytes(100_000);
      const writeMore = (): void => {
        if (service.destroyed || written >= 200_000_000) return;
        written += chunk.length;
        if (service.write(chunk)) setImmediate(writeMore);
        else service.once('drain', writeMore);
      };
      writeMore();
    });

    const client = connect();
    client.pause();
    await once(client, isTls ? 'secureConnect' : 'connect');
    await settled(() => written);

    // What the buffers of the kernel hold on both connections.
    expect(written).toBeLessThan(50_000_000);
    expect(written).toBeGreaterThan(0);
  });

  it('breaks the connection of a service that broke its own, so that a cut answer is not taken for a whole', async () => {
    const { connect } = await front(isTls, (service) => {
      service.write('half of an ans', () => setTimeout(() => service.resetAndDestroy(), 50));
    });

    const client = connect();

    await expect(text(client)).rejects.toThrow();
  });

  it('breaks the connection to the service when the client breaks its own', async () => {
    const broken = Promise.withResolvers<unknown>();
    const { connect } = await front(isTls, (service) => {
      service.on('error', broken.resolve).on('close', broken.resolve);
      const writeMore = (): void => {
        if (!service.destroyed) service.write(bytes(100_000), () => setTimeout(writeMore, 5));
      };
      service.on('data', writeMore);
    });

    const client = connect();
    client.write('go');
    await once(client, 'data');
    client.destroy();

    await broken.promise;
  });

  it('breaks at once when nothing listens behind it', async () => {
    const { connect } = await frontOf(isTls, await unusedPort(), () => undefined);

    const client = connect();

    await expect(text(client)).rejects.toThrow();
  });

  it('ends open connections and takes no more when it is closed', async () => {
    const { connect, forwarder } = await front(isTls, (service) => service.pipe(service));
    const open = connect();
    open.write('before');
    await once(open, 'data');
    const ended = new Promise((resolve) => open.on('error', resolve).on('end', resolve));

    await forwarder.close();

    await ended;
    await expect(text(connect())).rejects.toThrow('ECONNREFUSED');
  });

  it('shows the service the Host header that the client signed', async () => {
    const service = createHttpServer((request, response) => response.end(request.headers.host));
    service.listen(0, '127.0.0.1');
    await once(service, 'listening');
    const { forwarder } = await frontOf(isTls, (service.address() as AddressInfo).port, () =>
      service.close(),
    );

    const request = (isTls ? httpsRequest : httpRequest)({
      ...{ host: '127.0.0.1', port: forwarder.port, ca: tls.certificate, servername: 'localhost' },
      headers: { host: 'bucket.example:8443' },
    }).end();
    const [response] = await once(request, 'response');

    expect(await text(response)).toBe('bucket.example:8443');
  });
});

describe('a forwarder with TLS', () => {
  it('is closed although a client never made a handshake', async () => {
    const { forwarder } = await front(true, (service) => void service.end());
    const client = connectPlain({ host: '127.0.0.1', port: forwarder.port });
    const ended = once(client.on('error', () => undefined).resume(), 'close');
    await once(client, 'connect');
    await sleep(50);

    await forwarder.close();

    await ended;
  });

  it('refuses a client that does not trust the certificate, and one without TLS', async () => {
    const { forwarder, connect } = await front(true, (service) => void service.end('answer'));
    const address = { host: '127.0.0.1', port: forwarder.port };

    await expect(text(connectTls(address))).rejects.toThrow(/self-signed certificate/);
    const plain = connectPlain(address);
    plain.end('GET / HTTP/1.1\r\n\r\n');
    expect(await text(plain).catch(() => '')).not.toContain('answer');
    expect(await text(connect())).toBe('answer');
  });
});

/** Waits until a number has stopped changing. */
const settled = async (read: () => number): Promise<void> => {
  for (let last = -1; last !== read() || last === 0; ) {
    last = read();
    await sleep(300);
  }
};

const unusedPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

import type { Ports } from '../assembly/ports.ts';
import type { ServerCertificate } from '../tls/certificate.ts';
import { startForwarder } from '../tls/forwarder.ts';
import type { PublicAddress } from './public-address.ts';

/**
 * Puts forwarders in front of the services, which listen on loopback and without TLS: what comes to a public port goes
 * to the service of that name.
 */
export const startFront = async (options: {
  readonly address: PublicAddress;
  readonly names: readonly string[];
  readonly ports: Ports;
  readonly servicePorts: Ports;
  /** Absent: without TLS. */
  readonly certificate?: ServerCertificate;
}): Promise<AsyncDisposable> => {
  const { address, names, ports, servicePorts, certificate } = options;
  const tls = certificate && { tls: certificate };
  await using started = new AsyncDisposableStack();
  for (const name of names) {
    const port = ports(name);
    try {
      const place = { host: address.host, port, targetPort: servicePorts(name) };
      const forwarder = await startForwarder({ ...place, ...tls });
      started.defer(() => forwarder.close());
    } catch (cause) {
      throw new Error(
        `${name} cannot be served on ${address.host} port ${port}: ${(cause as Error).message}`,
        {
          cause,
        },
      );
    }
  }
  return started.move();
};

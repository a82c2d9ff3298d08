import { once } from 'node:events';
import { createServer } from 'node:net';

/** The port that the documents of the gateway protocol name. */
const documentedPort = 9090;

/** The documented port when it is free, otherwise any (0). */
export async function chooseGatewayPort(): Promise<number> {
  const probe = createServer();
  try {
    probe.listen(documentedPort, '127.0.0.1');
    await once(probe, 'listening');
    return documentedPort;
  } catch {
    return 0;
  } finally {
    probe.close();
  }
}

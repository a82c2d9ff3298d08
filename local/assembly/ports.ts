import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

/** The port of a name. Throws for a name that was not given. */
export type Ports = (name: string) => number;

/** A port that is free now. */
export const findFreePort = async (): Promise<number> => {
  const server = await reserveAny();
  const port = portOf(server);
  await release(server);
  return port;
};

/**
 * Chooses one port for each name: the one asked for, else the one that this data folder used before if it is
 * still free, else any free one. What was chosen is remembered, so that URLs survive a restart.
 */
export const choosePorts = async (
  dataDirectory: string,
  names: readonly string[],
  wanted: Readonly<Record<string, number | undefined>>,
): Promise<Ports> => {
  const file = join(dataDirectory, 'ports.json');
  const remembered = readRemembered(file);
  // All are held until the last is chosen, or one free port could be chosen twice.
  const reserved = new Map<string, Server>();
  try {
    for (const name of names) {
      const server = await reserveFor(name, wanted[name] ?? 0, remembered[name] ?? 0);
      reserved.set(name, server);
    }
    const chosen = new Map([...reserved].map(([name, server]) => [name, portOf(server)]));
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(chosen), null, 2)}\n`);
    return (name) => {
      const port = chosen.get(name);
      if (port === undefined) throw new Error(`no port was chosen for ${name}`);
      return port;
    };
  } finally {
    await Promise.all([...reserved.values()].map(release));
  }
};

const reserveFor = async (name: string, wanted: number, remembered: number): Promise<Server> => {
  if (wanted === 0) return remembered === 0 ? reserveAny() : reserve(remembered).catch(reserveAny);
  return reserve(wanted).catch((cause: unknown) => {
    throw new Error(`Port ${wanted} is not free for ${name}: end what listens there or give another port`, {
      cause,
    });
  });
};

/**
 * Below the ports that Linux (from 32768) and macOS (from 49152) give to outgoing connections and to servers that
 * ask for any: one of those could be taken between two starts, or between the choice and the start.
 */
const FIRST_PORT = 20_000;
const PORT_COUNT = 10_000;
const MAX_TRIES = 50;

const reserveAny = async (): Promise<Server> => {
  for (let tries = 1; tries < MAX_TRIES; tries += 1) {
    const server = await reserve(FIRST_PORT + randomInt(PORT_COUNT)).catch(() => undefined);
    if (server !== undefined) return server;
  }
  return reserve(0);
};

const readRemembered = (file: string): Readonly<Record<string, number | undefined>> => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // Absent on the first start. A damaged file costs new ports, nothing else.
    return {};
  }
};

const reserve = async (port: number): Promise<Server> => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

const release = async (server: Server): Promise<void> => {
  server.close();
  await once(server, 'close');
};

const portOf = (server: Server): number => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
};

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The port of a name. Throws for a name that was not given. */
export type Ports = (name: string) => number;

/** A port that is free now. */
export const findFreePort = async (): Promise<number> => {
  const server = await reserveAny();
  const port = portOf(server);
  await release(server);
  return port;
};

/** Ports that are free now, each other than the rest and than those that are kept for something else. */
export const findFreePorts = (names: readonly string[], kept: readonly number[]): Promise<Ports> =>
  reserveEach(names, () => reserveAny(kept));

/**
 * Chooses one port for each name: the one asked for, else the one that this data folder used before if it is
 * still free, else any free one. What was chosen is remembered, so that URLs survive a restart.
 */
export const choosePorts = (
  dataDirectory: string,
  names: readonly string[],
  wanted: Readonly<Record<string, number | undefined>>,
): Promise<Ports> =>
  chooseRemembered(dataDirectory, names, wanted, (_, before) => reserve(before).catch(() => reserveAny()));

/**
 * As `choosePorts`, but a remembered port that is taken is an error: people have written the URLs down, and another
 * program would answer there.
 */
export const chooseSamePorts = (
  dataDirectory: string,
  names: readonly string[],
  wanted: Readonly<Record<string, number | undefined>>,
): Promise<Ports> =>
  chooseRemembered(dataDirectory, names, wanted, (name, before) => reserveFor(name, before, LEFT_OVER_MS));

const chooseRemembered = async (
  dataDirectory: string,
  names: readonly string[],
  wanted: Readonly<Record<string, number | undefined>>,
  reserveAgain: (name: string, before: number) => Promise<Server>,
): Promise<Ports> => {
  const file = join(dataDirectory, 'ports.json');
  const remembered = readRemembered(file);
  const ports = await reserveEach(names, (name) => {
    const before = remembered[name] ?? 0;
    const port = wanted[name] ?? 0;
    if (port !== 0) return reserveFor(name, port, port === before ? LEFT_OVER_MS : 0);
    return before === 0 ? reserveAny() : reserveAgain(name, before);
  });
  const chosen = Object.fromEntries(names.map((name) => [name, ports(name)]));
  writeFileSync(file, `${JSON.stringify(chosen, null, 2)}\n`);
  return ports;
};

/** All are held until the last is chosen, or one free port could be chosen twice. */
const reserveEach = async (
  names: readonly string[],
  reserveOne: (name: string) => Promise<Server>,
): Promise<Ports> => {
  const reserved = new Map<string, Server>();
  try {
    for (const name of names) reserved.set(name, await reserveOne(name));
    const chosen = new Map([...reserved].map(([name, server]) => [name, portOf(server)]));
    return (name) => {
      const port = chosen.get(name);
      if (port === undefined) throw new Error(`no port was chosen for ${name}`);
      return port;
    };
  } finally {
    await Promise.all([...reserved.values()].map(release));
  }
};

/** The programs that a killed process had started end within 3 s of it, see `dynamodb/supervise.ts`. */
const LEFT_OVER_MS = 4_000;
const POLL_MS = 50;

const reserveFor = async (name: string, port: number, waitMs: number): Promise<Server> => {
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      return await reserve(port);
    } catch (cause) {
      if (isTaken(cause) && performance.now() < deadline) await sleep(POLL_MS);
      else throw refusePort(name, port, cause);
    }
  }
};

const refusePort = (name: string, port: number, cause: unknown): Error =>
  isTaken(cause)
    ? new Error(`Port ${port} is not free for ${name}: end what listens there or give another port`, {
        cause,
      })
    : new Error(`Port ${port} cannot be used for ${name} (${(cause as Error).message}): give another port`, {
        cause,
      });

const isTaken = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EADDRINUSE';

/**
 * Below the ports that Linux (from 32768) and macOS (from 49152) give to outgoing connections and to servers that
 * ask for any: one of those could be taken between two starts, or between the choice and the start.
 */
const FIRST_PORT = 20_000;
const PORT_COUNT = 10_000;
const MAX_TRIES = 50;

const reserveAny = async (kept: readonly number[] = []): Promise<Server> => {
  for (let tries = 1; tries < MAX_TRIES; tries += 1) {
    const port = FIRST_PORT + randomInt(PORT_COUNT);
    const server = kept.includes(port) ? undefined : await reserve(port).catch(() => undefined);
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

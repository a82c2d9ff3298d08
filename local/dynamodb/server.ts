import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LocalService } from '../services.ts';
import type { DynamoDbProgram } from './program.ts';

const SUPERVISOR = fileURLToPath(new URL('supervise.ts', import.meta.url));
const START_TIMEOUT_MS = 15_000;
const POLL_MS = 20;

/**
 * Serves DynamoDB on loopback from one database file in `directory`. dynoxide cannot tell the port it took
 * when asked for port 0, so the caller chooses one.
 */
export const startDynamoDb = async (options: {
  readonly program: DynamoDbProgram;
  readonly directory: string;
  readonly port: number;
}): Promise<LocalService> => {
  if (options.program.kind === 'endpoint') {
    return { endpoint: options.program.url, close: async () => {} };
  }
  mkdirSync(options.directory, { recursive: true });
  const endpoint = `http://127.0.0.1:${options.port}`;
  const database = join(options.directory, 'dynamodb.sqlite');
  const child = spawn(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', SUPERVISOR, options.program.path, 'serve'],
      ...['--host', '127.0.0.1', '--port', `${options.port}`, '--db-path', database],
    ],
    // Its own process group: Ctrl-C in a terminal must not take the database away before its users have ended.
    { stdio: ['pipe', 'ignore', 'pipe'], detached: true },
  );
  const ended = describeEnd(child);
  const health = new AbortController();
  const failure = await Promise.race([ended, waitUntilHealthy(endpoint, health.signal)]);
  health.abort();
  if (failure !== undefined) {
    await stop(child);
    throw new Error(failure);
  }
  let isClosing = false;
  void ended.then((message) => {
    // A database that died must not die silently: every later request fails with a bare ECONNREFUSED.
    if (!isClosing) console.error(`holdfast: ${message}`);
  });
  return {
    endpoint,
    close: async () => {
      isClosing = true;
      await stop(child);
    },
  };
};

/** Resolves when the program has ended, with what it said last. */
const describeEnd = async (child: ChildProcess): Promise<string> => {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = `${stderr}${chunk}`.slice(-2_000);
  });
  const [code] = await once(child, 'close');
  return `DynamoDB (dynoxide) ended with exit code ${code}: ${stderr.trim() || 'no message'}`;
};

/** Resolves with nothing when dynoxide answers, with what is wrong when it does not in time. */
const waitUntilHealthy = async (endpoint: string, signal: AbortSignal): Promise<string | undefined> => {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline && !signal.aborted) {
    const answer = await fetch(endpoint, { signal }).catch(() => undefined);
    await answer?.body?.cancel();
    // Another program may sit on that port; dynoxide says who it is.
    if (answer?.ok && answer.headers.has('x-dynoxide-version')) return undefined;
    await sleep(POLL_MS);
  }
  return `DynamoDB (dynoxide) did not answer on ${endpoint} within ${START_TIMEOUT_MS / 1000} s`;
};

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.stdin?.end();
  await exited;
};

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The gateway as it stands here; its package installs a program of one file that does the same. */
export const gatewaySource = join(import.meta.dirname, '..', '..', 'gateway', 'main.ts');

export interface GatewayProcess {
  readonly url: string;
  readonly mountsDirectory: string;
  /** Ends with the process. */
  readonly ended: Promise<void>;
  /** Makes it ask the service for orders now. */
  pollNow(): void;
  stop(): Promise<void>;
}

export interface GatewaySettings {
  readonly directory: string;
  readonly serviceUrl: string;
  /** What backups can be requested of, as the configuration names it. */
  readonly databases: readonly object[];
  /** 0: any free one. */
  readonly port: number;
}

/** Writes the configuration of a gateway whose data and mounts lie under `directory`. */
export async function configureGateway(settings: GatewaySettings): Promise<string> {
  const { directory, serviceUrl, port, databases } = settings;
  const mountsDirectory = join(directory, 'mounts');
  await mkdir(mountsDirectory, { recursive: true });
  const file = join(directory, 'gateway.json');
  const config = {
    dataDirectory: join(directory, 'data'),
    mountsDirectory,
    listen: { host: '127.0.0.1', port },
    service: { url: serviceUrl },
    timing: { commitCheckMillis: 200, restoreReportSeconds: 2 },
    databases,
  };
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`);
  return file;
}

/** Turns an activation code into the gateway's token. */
export async function activateGateway(program: string, configFile: string, code: string): Promise<void> {
  const child = spawnGateway([program, 'activate', '--config', configFile, '--code', code], 'pipe');
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`the gateway cannot be activated: ${output.trim()}`);
}

/** Starts a gateway and waits for its ready line. Its log goes to `gateway.log` beside the configuration. */
export async function startGateway(
  program: string,
  directory: string,
  configFile: string,
): Promise<GatewayProcess> {
  const child = spawnGateway([program, 'run', '--config', configFile], 'pipe');
  const logFile = join(directory, 'gateway.log');
  child.stderr?.pipe(createWriteStream(logFile, { flags: 'a' }));
  const ended = once(child, 'exit').then(() => {});
  const url = await Promise.race([
    readReadyLine(child),
    ended.then(() => {
      throw new Error(`the gateway ended before it was ready: see ${logFile}`);
    }),
  ]);
  return {
    url,
    mountsDirectory: join(directory, 'mounts'),
    ended,
    pollNow: () => void child.kill('SIGUSR2'),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function readReadyLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the gateway was started without a standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    const { ready, url } = JSON.parse(line) as { ready?: boolean; url?: string };
    if (ready && url !== undefined) return url;
  }
  return new Promise(() => {});
}

/** As the installed package starts it, which says why. */
export const memorySettings = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: `${4 * 2 ** 20}`,
  MALLOC_TRIM_THRESHOLD_: `${4 * 2 ** 20}`,
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};

const spawnGateway = (args: readonly string[], stderr: 'pipe') =>
  spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', stderr],
    env: { ...process.env, ...memorySettings },
  });

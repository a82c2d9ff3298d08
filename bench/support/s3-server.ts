import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A server in a process of its own, so that what it takes is measured alone. */
export interface S3Server {
  readonly process: ChildProcess;
  readonly endpoint: string;
}

/** Starts a program of `bench/s3`, on a new folder in `directory`; it says where it listens. */
export async function startS3Server(directory: string, file: string, ...args: string[]): Promise<S3Server> {
  const folder = mkdtempSync(join(directory, 'server-'));
  const program = join(import.meta.dirname, '..', 's3', file);
  const child = spawn(process.execPath, [program, folder, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [endpoint] = await once(createInterface(child.stdout), 'line');
  return { process: child, endpoint };
}

export async function stopS3Server({ process: child }: S3Server): Promise<void> {
  child.kill();
  await once(child, 'exit');
}

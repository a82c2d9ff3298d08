import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { inject } from 'vitest';

/** Answers whether there still was something to kill. */
function killGroup(pid: number): boolean {
  try {
    return process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** A finished command. */
export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The gateway as it is started in production: bundled, see `test/support/bundled-gateway.ts`. */
export class GatewayProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [inject('gatewayProgram'), ...args], {
      env: { ...process.env, ...variables },
      // A group of its own: commands that it runs, such as zfs, outlive it when it is killed.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk;
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk;
    });
    this.#exited = once(this.#child, 'close');
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The address that the ready line names. */
  async ready(): Promise<string> {
    const isOver = () => this.stdout.includes('\n') || this.#hasEnded();
    while (!isOver()) await new Promise((resolve) => setTimeout(resolve, 20));
    const [line = ''] = this.stdout.split('\n');
    if (line === '') throw new Error(`the gateway did not start:\n${this.stderr}`);
    return String(JSON.parse(line).url);
  }

  /** The lines of the log. */
  log(): Record<string, unknown>[] {
    return this.stderr
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(signal: 'SIGINT' | 'SIGKILL' | 'SIGTERM'): Promise<Finished> {
    this.#child.kill(signal);
    return this.finished();
  }

  /** Ends the process and whatever it began; nothing of it touches the disk after this. */
  async removeAll(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined) return;
    // At most so often: where nobody reaps orphans they stay listed, though they do nothing any more.
    for (let tries = 0; killGroup(pid) && tries < 400; tries++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    await this.#exited;
  }

  async finished(): Promise<Finished> {
    await this.#exited;
    return { exitCode: this.#child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }
}

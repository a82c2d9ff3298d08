import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const inProject = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Halves the time of every start but the first. */
const environment = () => ({ ...process.env, NODE_COMPILE_CACHE: inProject('node_modules/.cache/compile') });

/** A finished command. */
export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The gateway as it is started in production. */
export class GatewayProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [inProject('gateway/main.ts'), ...args], {
      env: environment(),
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

  /** The address that the ready line names. */
  async ready(): Promise<string> {
    const isOver = () => this.stdout.includes('\n') || this.#child.exitCode !== null;
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

  async finished(): Promise<Finished> {
    await this.#exited;
    return { exitCode: this.#child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }
}

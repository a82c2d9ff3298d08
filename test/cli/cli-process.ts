import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { compileCache } from '../support/compile-cache.ts';

const cli = join(import.meta.dirname, '..', '..', 'cli');

/** Makes a process that runs on Node 24 take itself for one on an older Node. */
const OLD_NODE =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})';

/** Node's arguments that start the command line: as itself, as npm starts it, and as npm does on an older Node. */
export const starts = {
  direct: [join(cli, 'main.ts')],
  launcher: [join(cli, 'holdfast.mjs')],
  launcherOnOldNode: ['--import', OLD_NODE, join(cli, 'holdfast.mjs')],
} as const;

interface CliOptions {
  readonly as?: keyof typeof starts;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Nothing of this process that a command could take for a setting. */
export const ownEnvironment = () => {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, ...compileCache() };
};

/** The command line as a process of its own. */
export class CliProcess {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #ended: Promise<unknown[]>;

  constructor(args: readonly string[], { as = 'direct', environment = {}, cwd }: CliOptions = {}) {
    this.child = spawn(process.execPath, [...starts[as], ...args], {
      env: { ...ownEnvironment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#ended = once(this.child, 'close');
    onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await this.#ended;
    });
  }

  /** The first line of standard output. Throws with standard error when there is none. */
  async firstLine(): Promise<string> {
    if (this.child.stdout === null) throw new Error('standard output is a pipe');
    const lines = createInterface({ input: this.child.stdout });
    const ended = this.#ended.then(() => {
      throw new Error(`ended without a line: ${this.stderr}`);
    });
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
    return line;
  }

  async end(): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
    const [code] = (await this.#ended) as [number | null];
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): ReturnType<CliProcess['end']> {
    this.child.kill(signal);
    return this.end();
  }
}

export const runCli = (args: readonly string[], options?: CliOptions): ReturnType<CliProcess['end']> =>
  new CliProcess(args, options).end();

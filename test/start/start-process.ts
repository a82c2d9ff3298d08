import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, '..', '..', 'local', 'start', 'main.ts');

const running = new Set<StartProcess>();

/** Ends what a failed test left running. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((process) => process.interrupt()));
}

/** A run of `npm start`, without npm. */
export class StartProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly lines: string[] = [];
  progress = '';
  readonly #ended: Promise<unknown[]>;
  readonly #lines: AsyncIterableIterator<string>;

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [program, ...args]);
    this.#lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.progress += text;
    });
    running.add(this);
    this.#ended = once(this.child, 'close').finally(() => running.delete(this));
  }

  /** The next line of standard output, as JSON. */
  async nextResult(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`ended without a result:\n${this.progress}`);
    const result = JSON.parse(value) as Record<string, unknown>;
    if (result['ok'] === false) throw new Error(`failed: ${value}\n${this.progress}`);
    return result;
  }

  /** Waits for the end; answers the exit code. */
  async end(): Promise<number> {
    const [code] = await this.#ended;
    return code as number;
  }

  /** As Ctrl-C does; answers the exit code. */
  async interrupt(): Promise<number> {
    this.child.kill('SIGINT');
    return this.end();
  }
}

/** Processes that descend from one. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map(runningProcesses().map((process) => [process, parentOf(process)]));
  const childrenOf = (parent: number) =>
    [...parents].flatMap(([child, its]) => (its === parent ? [child] : []));
  const collect = (parent: number): number[] =>
    childrenOf(parent).flatMap((child) => [child, ...collect(child)]);
  return collect(pid);
}

const runningProcesses = () => readdirSync('/proc').map(Number).filter(Number.isInteger);

function parentOf(pid: number): number | undefined {
  try {
    const [, , parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '0 ')
      .split(' ');
    return Number(parent);
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    // A zombie has ended; it only waits for its parent to take note.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('Z');
  } catch {
    return false;
  }
}

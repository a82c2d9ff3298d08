import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { environmentVariables } from './environment-variables.ts';
import type { FunctionSettings } from './function-config.ts';
import type { OrphanGuard } from './orphan-guard.ts';
import { readMemoryBytes } from './process-memory.ts';
import {
  type ErrorReport,
  type InvocationRequest,
  MESSAGE_DESCRIPTOR,
  type RuntimeMessage,
} from './runtime/messages.ts';
import { describeSignal } from './signals.ts';

/** How an init phase or an invocation ended. After the last five kinds the environment is gone. */
export type Ending =
  | { readonly kind: 'ready' }
  | { readonly kind: 'succeeded'; readonly payload: string }
  | { readonly kind: 'failed'; readonly error: ErrorReport }
  | { readonly kind: 'init-failed'; readonly error: ErrorReport }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'memory-exceeded' }
  | { readonly kind: 'exited'; readonly exitCode: number }
  /** By its own doing, or by V8 when its heap is full: `aborted`. */
  | { readonly kind: 'signalled'; readonly signal: string };

interface EnvironmentOptions {
  /** The program to run. */
  readonly runtime: string;
  readonly taskRoot: string;
  readonly region: string;
  /** Folder for temporary files, made for this environment and gone with it. */
  readonly scratch: string;
  readonly guard: OrphanGuard;
  readonly onOutput: (text: string) => void;
}

const MEMORY_SAMPLE_MS = 50;
/** How long the output of a process that has ended is waited for: another process may hold its pipes open. */
const LAST_OUTPUT_MS = 100;
const MIB = 1024 * 1024;

/** One process with one copy of a function's code, running one invocation at a time. */
export class ExecutionEnvironment {
  readonly #process: ChildProcess;
  readonly #memoryLimitBytes: number;
  readonly #exited: Promise<void>;
  #memoryPeakBytes = 0;
  /** How the process ended, once it has. */
  #ending: Ending | undefined;
  #settle: ((ending: Ending) => void) | undefined;
  /** Why the process is being ended, when it does not end by itself. */
  #cause: Ending | undefined;

  constructor(settings: FunctionSettings, options: EnvironmentOptions) {
    const { runtime, taskRoot, region, scratch, guard, onOutput } = options;
    const { memoryMib } = settings;
    const date = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    const logStreamName = `${date}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
    this.#memoryLimitBytes = memoryMib * MIB;
    mkdirSync(scratch);
    this.#process = fork(runtime, {
      cwd: taskRoot,
      env: environmentVariables(settings, { taskRoot, region, scratch, logStreamName }),
      // As the Node.js runtime of Lambda starts Node.
      execArgv: [
        `--max-old-space-size=${Math.floor(memoryMib * 0.9)}`,
        `--max-semi-space-size=${Math.floor(memoryMib * 0.05)}`,
      ],
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ipc'],
      // A group of its own: a Ctrl-C in the terminal is for this process, and what the function starts ends with it.
      detached: true,
    });
    const { pid } = this.#process;
    if (pid !== undefined) guard.add(pid);
    this.#listen(onOutput);
    this.#exited = this.#whenExited(onOutput).then(async () => {
      if (pid !== undefined) guard.remove(pid);
      await rm(scratch, { recursive: true, force: true });
    });
  }

  get isAlive(): boolean {
    return this.#ending === undefined && this.#cause === undefined;
  }

  /** Resolves when the process has ended, for whatever reason. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** The most memory seen so far. */
  get memoryPeakMib(): number {
    return Math.ceil(this.#memoryPeakBytes / MIB);
  }

  /** Waits until the handler is loaded. */
  initialize(timeoutMs: number): Promise<Ending> {
    return this.#awaitEnding(timeoutMs);
  }

  invoke(request: InvocationRequest, timeoutMs: number): Promise<Ending> {
    const ending = this.#awaitEnding(timeoutMs);
    // A process that is just ending does not take it; its end is the answer.
    this.#process.send(request, () => {});
    return ending;
  }

  async close(): Promise<void> {
    this.#end({ kind: 'exited', exitCode: 0 });
    await this.#exited;
  }

  #listen(onOutput: (text: string) => void): void {
    const { stdout, stderr, stdio } = this.#process;
    for (const stream of [stdout, stderr]) stream?.setEncoding('utf8').on('data', onOutput);
    const messages = stdio[MESSAGE_DESCRIPTOR] as Readable | null | undefined;
    if (messages) {
      createInterface({ input: messages }).on('line', (line) => {
        const message = parseMessage(line);
        if (message.kind === 'output') onOutput(message.text);
        else this.#settle?.(message);
      });
    }
  }

  async #whenExited(onOutput: (text: string) => void): Promise<void> {
    const closed = once(this.#process, 'close');
    const ending = await this.#awaitExit(onOutput);
    this.#ending = this.#cause ?? ending;
    // What the function has started ends with it.
    this.#killGroup();
    await Promise.race([closed, wait(LAST_OUTPUT_MS)]).catch(() => {});
    this.#settle?.(this.#ending);
  }

  async #awaitExit(onOutput: (text: string) => void): Promise<Ending> {
    try {
      const [exitCode, signal] = (await once(this.#process, 'exit')) as [number | null, string | null];
      return signal === null
        ? { kind: 'exited', exitCode: exitCode ?? 0 }
        : { kind: 'signalled', signal: describeSignal(signal) };
    } catch (error) {
      // It could not be started at all: the machine has no more processes or memory.
      onOutput(`${error}\n`);
      return { kind: 'exited', exitCode: 1 };
    }
  }

  async #awaitEnding(timeoutMs: number): Promise<Ending> {
    // It may have been closed since it was last heard of.
    if (this.#ending !== undefined) return this.#ending;
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.#settle = resolve;
    const timeout = setTimeout(() => this.#end({ kind: 'timed-out' }), timeoutMs);
    const sampling = setInterval(() => void this.#sampleMemory(), MEMORY_SAMPLE_MS);
    try {
      const ending = await promise;
      await this.#sampleMemory();
      return ending;
    } finally {
      clearTimeout(timeout);
      clearInterval(sampling);
      this.#settle = undefined;
    }
  }

  #end(cause: Ending): void {
    this.#cause ??= cause;
    if (this.#ending === undefined) this.#killGroup();
  }

  #killGroup(): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody is left.
    }
  }

  async #sampleMemory(): Promise<void> {
    const { pid } = this.#process;
    if (pid === undefined || !this.isAlive) return;
    const bytes = await readMemoryBytes(pid);
    if (bytes === undefined) return;
    this.#memoryPeakBytes = Math.max(this.#memoryPeakBytes, bytes);
    if (bytes > this.#memoryLimitBytes) this.#end({ kind: 'memory-exceeded' });
  }
}

/** A function may find the pipe and write to it; that is output like any other. */
function parseMessage(line: string): RuntimeMessage {
  try {
    const message = JSON.parse(line) as RuntimeMessage | null;
    if (typeof message?.kind === 'string') return message;
  } catch {
    // No message.
  }
  return { kind: 'output', text: `${line}\n` };
}

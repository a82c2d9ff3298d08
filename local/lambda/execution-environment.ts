import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { environmentVariables } from './environment-variables.ts';
import type { FunctionSettings } from './function-config.ts';
import type { ErrorReport, InvocationRequest, RuntimeData, RuntimeMessage } from './runtime/messages.ts';

/** How an init phase or an invocation ended. After the last six kinds the environment is gone. */
export type Ending =
  | { readonly kind: 'ready' }
  | { readonly kind: 'succeeded'; readonly payload: string }
  | { readonly kind: 'failed'; readonly error: ErrorReport }
  | { readonly kind: 'init-failed'; readonly error: ErrorReport }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'heap-exhausted' }
  | { readonly kind: 'memory-exceeded' }
  | { readonly kind: 'exited'; readonly exitCode: number }
  /** It asked for a signal to itself. */
  | { readonly kind: 'signalled'; readonly signal: string };

interface EnvironmentOptions {
  readonly taskRoot: string;
  readonly region: string;
  /** Folder for temporary files, made for this environment and gone with it. */
  readonly scratch: string;
  readonly onOutput: (text: string) => void;
}

const BOOTSTRAP = new URL('./runtime/bootstrap.ts', import.meta.url);
const MEMORY_SAMPLE_MS = 100;
const MIB = 1024 * 1024;

/** One worker thread with one copy of a function's code, running one invocation at a time. */
export class ExecutionEnvironment {
  readonly #worker: Worker;
  readonly #memoryLimitBytes: number;
  readonly #onOutput: (text: string) => void;
  readonly #exited = Promise.withResolvers<undefined>();
  #memoryPeakBytes = 0;
  #isAlive = true;
  #settle: ((ending: Ending) => void) | undefined;
  /** Why the worker is being ended, when it does not end by itself. */
  #cause: Ending | undefined;

  constructor(settings: FunctionSettings, { taskRoot, region, scratch, onOutput }: EnvironmentOptions) {
    const { name, handler, memoryMib, logging = { format: 'Text' } } = settings;
    const date = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    const logStreamName = `${date}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
    this.#onOutput = onOutput;
    this.#memoryLimitBytes = memoryMib * MIB;
    mkdirSync(scratch);
    this.#worker = new Worker(BOOTSTRAP, {
      name,
      workerData: { taskRoot, handler, logging } satisfies RuntimeData,
      env: environmentVariables(settings, { taskRoot, region, scratch, logStreamName }),
      execArgv: [],
      // The runtime gives V8 the whole memory setting, a tenth of it to the young generation.
      resourceLimits: {
        maxOldGenerationSizeMb: memoryMib * 0.9,
        maxYoungGenerationSizeMb: memoryMib * 0.1,
      },
    });
    this.#worker.on('message', (message: RuntimeMessage) => this.#onMessage(message));
    this.#worker.on('error', (error) => this.#onError(error));
    this.#worker.on('exit', (exitCode) => {
      this.#isAlive = false;
      void rm(scratch, { recursive: true, force: true }).finally(() => this.#exited.resolve(undefined));
      this.#settle?.(this.#cause ?? { kind: 'exited', exitCode });
    });
  }

  get isAlive(): boolean {
    return this.#isAlive && this.#cause === undefined;
  }

  /** Resolves when the worker has ended, for whatever reason. */
  get exited(): Promise<undefined> {
    return this.#exited.promise;
  }

  /** The most memory seen so far: V8's heap and the buffers outside it. */
  get memoryPeakMib(): number {
    return Math.ceil(this.#memoryPeakBytes / MIB);
  }

  /** Waits until the handler is loaded. */
  initialize(timeoutMs: number): Promise<Ending> {
    return this.#awaitEnding(timeoutMs);
  }

  invoke(request: InvocationRequest, timeoutMs: number): Promise<Ending> {
    const ending = this.#awaitEnding(timeoutMs);
    this.#worker.postMessage(request);
    return ending;
  }

  async close(): Promise<void> {
    this.#cause ??= { kind: 'exited', exitCode: 0 };
    await this.#worker.terminate();
  }

  async #awaitEnding(timeoutMs: number): Promise<Ending> {
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

  #onMessage(message: RuntimeMessage): void {
    if (message.kind === 'output') this.#onOutput(message.text);
    else if (message.kind === 'signalled') this.#end(message);
    else this.#settle?.(message);
  }

  /** An uncaught exception or unhandled rejection. The runtime has no answer to it: Node prints it and exits. */
  #onError(error: unknown): void {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      this.#cause ??= { kind: 'heap-exhausted' };
    }
    this.#onOutput(`${error instanceof Error ? error.stack : error}\n`);
  }

  /** Answers at once: a worker within a blocking call, such as `execSync`, ends only after it. */
  #end(cause: Ending): void {
    this.#cause ??= cause;
    this.#settle?.(this.#cause);
    void this.#worker.terminate();
  }

  /** Buffers lie outside V8's heap, so V8's limit alone would let a function hold any number of them. */
  async #sampleMemory(): Promise<void> {
    if (!this.isAlive) return;
    // A worker that is not up or on its way out refuses; one that ends while it is asked never answers.
    const statistics = this.#worker.getHeapStatistics().catch(() => undefined);
    const heap = await Promise.race([statistics, this.#exited.promise]);
    if (heap === undefined) return;
    const bytes = heap.total_heap_size + heap.external_memory;
    this.#memoryPeakBytes = Math.max(this.#memoryPeakBytes, bytes);
    if (bytes > this.#memoryLimitBytes) this.#end({ kind: 'memory-exceeded' });
  }
}

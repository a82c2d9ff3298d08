import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ThreadMessage, WorkerAnswer, WorkerReply, WorkerSetup, WorkerTask } from './worker-tasks.ts';

/** More than this and other work on the store would notice. */
const maxThreads = 4;
/** The default of 32 MiB a thread would be a tenth of what the whole gateway may use. */
const youngGenerationMb = 2;
export const threadLimit = Math.min(maxThreads, availableParallelism());

interface Waiting {
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** A thread and what it was told. */
interface Thread {
  readonly worker: Worker;
  /** Pools whose memory it has. */
  readonly pools: Set<number>;
  /** Given and not yet answered, by `pool/slot`. */
  readonly waiting: Map<string, Waiting>;
}

/**
 * The threads of all worker pools of this process: each takes 14 MiB and more, and several uploads and restores may be
 * under way. They start when there is work, and end with the last pool.
 */
class WorkerThreads {
  readonly #threads = new Set<Thread>();
  readonly #setups = new Map<number, WorkerSetup>();
  #lastPool = 0;

  /** Answers the pool's number. */
  open(setup: WorkerSetup): number {
    this.#setups.set(++this.#lastPool, setup);
    return this.#lastPool;
  }

  /** Whether there is no thread yet. */
  get isEmpty(): boolean {
    return this.#threads.size === 0;
  }

  run(pool: number, task: WorkerTask): Promise<WorkerAnswer> {
    const thread = this.#pick();
    const { worker, pools, waiting } = thread;
    if (!pools.has(pool)) {
      pools.add(pool);
      this.#tell(worker, { pool, setup: this.#setups.get(pool) });
    }
    return new Promise((resolve, reject) => {
      waiting.set(`${pool}/${task.slot}`, { resolve, reject });
      this.#tell(worker, { pool, task });
    });
  }

  /** All tasks of the pool have been answered. */
  async close(pool: number): Promise<void> {
    this.#setups.delete(pool);
    if (this.#setups.size === 0) {
      const threads = [...this.#threads];
      this.#threads.clear();
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
      return;
    }
    for (const { worker, pools } of this.#threads) if (pools.delete(pool)) this.#tell(worker, { pool });
  }

  #tell(worker: Worker, message: ThreadMessage): void {
    worker.postMessage(message);
  }

  /** An idle thread, or a new one, or the one with least to do: a few small files need no second thread. */
  #pick(): Thread {
    const [least] = [...this.#threads].sort((one, other) => one.waiting.size - other.waiting.size);
    const isFull = this.#threads.size === threadLimit;
    return least && (least.waiting.size === 0 || isFull) ? least : this.#start();
  }

  #start(): Thread {
    const worker = new Worker(new URL('./pool-worker.ts', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    });
    const thread: Thread = { worker, pools: new Set(), waiting: new Map() };
    this.#threads.add(thread);
    worker.on('message', ({ pool, slot, answer }: WorkerReply) => {
      const task = `${pool}/${slot}`;
      const { resolve } = thread.waiting.get(task) ?? {};
      thread.waiting.delete(task);
      resolve?.(answer);
    });
    // One that died takes what it was given with it; the next task starts another.
    const end = (error: unknown) => {
      this.#threads.delete(thread);
      for (const { reject } of thread.waiting.values()) reject(error);
      thread.waiting.clear();
    };
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`a worker thread ended with ${code}`)));
    return thread;
  }
}

export const workerThreads = new WorkerThreads();

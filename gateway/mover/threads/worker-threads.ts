import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { tagBytes } from '../../../shared/domain/vault/encryption/frame-cipher.ts';
import { frameBytes } from '../../../shared/domain/vault/pack.ts';
import { makeSlots } from './slot-memory.ts';
import type {
  PoolKeys,
  ThreadMessage,
  WorkerAnswer,
  WorkerReply,
  WorkerSetup,
  WorkerTask,
} from './worker-tasks.ts';

/** More than this and other work on the store would notice. */
const maxThreads = 4;
/** The default of 32 MiB a thread would be a tenth of what the whole gateway may use. */
const youngGenerationMb = 2;
const threadLimit = Math.min(maxThreads, availableParallelism());
/** Two tasks under way in a thread, of which one may wait for the disk, and one waiting, so that no thread idles between two. */
const slotsAlone = threadLimit * 3;
/** Beside other pools, which keep the threads busy as well. */
const slotsBeside = Math.ceil(slotsAlone / 2);
/** A frame as it is stored: one that does not compress, with its tag. */
const slotBytes = frameBytes + tagBytes;
/** To start the threads takes longer than a small upload, and one is followed by others: a script goes from mount to mount. */
const idleMillis = 60_000;

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
 * under way. They start when there is work, and end when there has been no pool for a while. They keep no process alive.
 */
class WorkerThreads {
  readonly #threads = new Set<Thread>();
  readonly #setups = new Map<number, WorkerSetup>();
  /**
   * Of pools that have ended. Threads collect their garbage late: with memory of its own for each pool, that of many would
   * linger in them.
   */
  readonly #spareSlots: WorkerSetup['slots'][] = [];
  #lastPool = 0;
  #idle: NodeJS.Timeout | undefined;

  /** A pool's number, and what its tasks are carried out with. */
  open(keys: PoolKeys): { readonly pool: number; readonly setup: WorkerSetup } {
    clearTimeout(this.#idle);
    const slots = this.#takeSlots(this.#setups.size === 0 ? slotsAlone : slotsBeside);
    const setup = { slots, ...keys };
    const pool = ++this.#lastPool;
    this.#setups.set(pool, setup);
    return { pool, setup };
  }

  #takeSlots(least: number): WorkerSetup['slots'] {
    const spare = this.#spareSlots.findIndex(({ length }) => length >= least);
    return this.#spareSlots.splice(spare, spare < 0 ? 0 : 1)[0] ?? makeSlots(least, slotBytes);
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
      worker.ref();
      this.#tell(worker, { pool, task });
    });
  }

  /** All tasks of the pool have been answered. `isRead`: nobody reads what its slots hold any more. */
  close(pool: number, isRead: boolean): void {
    const setup = this.#setups.get(pool);
    this.#setups.delete(pool);
    if (setup && isRead) this.#spareSlots.push(setup.slots);
    for (const { worker, pools } of this.#threads) if (pools.delete(pool)) this.#tell(worker, { pool });
    if (this.#setups.size === 0) this.#idle = setTimeout(() => this.#end(), idleMillis).unref();
  }

  #end(): void {
    for (const { worker } of this.#threads) void worker.terminate();
    this.#threads.clear();
    this.#spareSlots.length = 0;
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
      if (thread.waiting.size === 0) worker.unref();
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

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { frameBytes } from '../../shared/domain/vault/pack.ts';
import type { CutWindow } from './cut-window.ts';
import type { Placement, Window, WorkerAnswer, WorkerReply, WorkerTask } from './worker-tasks.ts';

interface Waiting {
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** More than this and other work on the store would notice. */
const maxWorkers = 4;
/** One task under way and one waiting, so that no worker idles between two. */
const slotsPerWorker = 2;
/** The default of 32 MiB a thread would be a tenth of what the whole gateway may use. */
const youngGenerationMb = 2;

/** A cut window whose frame lies in a slot until `release` is called. */
export type PooledCut = CutWindow & { readonly release: () => void };

/**
 * Worker threads that read, hash, compress, expand and write, so that the gateway's own thread stays free. Stored bytes
 * travel in `slots` places that are used again; a task waits until one is free.
 */
export class WorkerPool {
  readonly slots: number;
  readonly #workers: readonly Worker[];
  readonly #memory: readonly Buffer[];
  readonly #freeSlots: number[];
  readonly #waitingForSlot: {
    readonly resolve: (slot: number) => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #failure: unknown;

  constructor(workers = Math.min(maxWorkers, availableParallelism())) {
    this.slots = workers * slotsPerWorker;
    const shared = Array.from({ length: this.slots }, () => new SharedArrayBuffer(frameBytes));
    this.#memory = shared.map((memory) => Buffer.from(memory));
    this.#freeSlots = [...shared.keys()];
    this.#workers = Array.from({ length: workers }, () => this.#start(shared));
  }

  /** The window as cut, or 'short' when the file has less. */
  async cut(window: Window): Promise<PooledCut | 'short'> {
    const slot = await this.#takeSlot();
    const answer = await this.#run({ slot, purpose: 'cut', window });
    const release = () => this.#freeSlot(slot);
    if (answer.outcome === 'cut') return { ...this.#cutIn(slot, answer), release };
    release();
    return 'short';
  }

  /** The digests of the window's leaves, or 'short' when the file has less. */
  async hash(window: Window): Promise<Uint8Array | 'short'> {
    const slot = await this.#takeSlot();
    const answer = await this.#run({ slot, purpose: 'hash', window });
    this.#freeSlot(slot);
    return answer.outcome === 'hashed' ? answer.leafDigests : 'short';
  }

  /** Verifies a frame and writes it to its places; answers what is wrong with it, if anything is. */
  async place(placement: Placement, stored: Buffer): Promise<{ readonly damage?: string }> {
    const slot = await this.#takeSlot();
    this.#memory[slot]?.set(stored);
    const answer = await this.#run({ slot, purpose: 'place', placement });
    this.#freeSlot(slot);
    return answer.outcome === 'damaged' ? { damage: answer.message } : {};
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#fail(new Error('the worker pool was closed'));
  }

  #start(memory: readonly SharedArrayBuffer[]): Worker {
    const worker = new Worker(new URL('./pool-worker.ts', import.meta.url), {
      workerData: memory,
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    });
    worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    worker.on('error', (error) => this.#fail(error));
    return worker;
  }

  #cutIn(slot: number, { cut, frame }: WorkerAnswer & { readonly outcome: 'cut' }): CutWindow {
    if (!frame) return cut;
    const { storedBytes, ...facts } = frame;
    const stored = this.#memory[slot]?.subarray(0, storedBytes) ?? Buffer.alloc(0);
    return { ...cut, frame: { ...facts, stored } };
  }

  #takeSlot(): Promise<number> {
    const slot = this.#freeSlots.pop();
    if (slot !== undefined) return Promise.resolve(slot);
    return new Promise((resolve, reject) => this.#waitingForSlot.push({ resolve, reject }));
  }

  #freeSlot(slot: number): void {
    const next = this.#waitingForSlot.shift();
    if (next) next.resolve(slot);
    else this.#freeSlots.push(slot);
  }

  #run(task: WorkerTask): Promise<WorkerAnswer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.set(task.slot, { resolve, reject });
      this.#workers[task.slot % this.#workers.length]?.postMessage(task);
    });
  }

  #settle({ slot, answer }: WorkerReply): void {
    const waiting = this.#waiting.get(slot);
    this.#waiting.delete(slot);
    if (answer.outcome === 'failed') waiting?.reject(answer.error);
    else waiting?.resolve(answer);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of [...this.#waiting.values(), ...this.#waitingForSlot]) reject(error);
    this.#waiting.clear();
    this.#waitingForSlot.length = 0;
  }
}

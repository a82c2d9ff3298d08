import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { defaultLevel } from '../../shared/domain/vault/compression.ts';
import { tagBytes } from '../../shared/domain/vault/encryption/frame-cipher.ts';
import type { ContentKeys } from '../../shared/domain/vault/encryption/mount-keys.ts';
import { frameBytes, type PreparedFrame } from '../../shared/domain/vault/pack.ts';
import type { CutWindow } from './cut-window.ts';
import type { ScannedStretch } from './scan-content.ts';
import { TaskRunner } from './task-runner.ts';
import type {
  FrameInSlot,
  Placement,
  Window,
  WorkerAnswer,
  WorkerReply,
  WorkerSetup,
  WorkerTask,
} from './worker-tasks.ts';

interface PooledWorker {
  readonly thread: Worker;
  /** Given and not yet answered. */
  tasks: number;
}

interface Waiting {
  readonly worker: PooledWorker;
  readonly resolve: (answer: WorkerAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** More than this and other work on the store would notice. */
const maxWorkers = 4;
/** A frame as it is stored: one that does not compress, with its tag. */
const slotBytes = frameBytes + tagBytes;
/** One task under way and one waiting, so that no worker idles between two; and one more for what comes in between. */
const slotsPerWorker = 2;
/** The default of 32 MiB a thread would be a tenth of what the whole gateway may use. */
const youngGenerationMb = 2;
/** So many small tasks are done at once, without a thread: to start one takes longer than all of these. */
const ownTasks = 16;
const ownTaskBytes = 64 * 2 ** 10;
const threadLimit = Math.min(maxWorkers, availableParallelism());
/** Of all pools: each takes 14 MiB and more, and several uploads and restores may be under way. */
let threadsOfAllPools = 0;

/**
 * What changed in a file is little, and worth more: scattered Oracle blocks of which 15 % are incompressible take 0.69 of
 * their bytes at level 1, 0.56 at level 3 and 0.55 at level 6. What comes after that costs time and saves nothing.
 */
const changedLevels = 5;
const maxLevel = 19;

/** A cut window whose bytes lie in a slot until `release` is called. */
export type PooledCut = CutWindow & { readonly release: () => void };
export type PooledFrame = PreparedFrame & { readonly release: () => void };

/**
 * Worker threads that read, hash, compress, expand and write, so that the gateway's own thread stays free. Stored bytes
 * travel in `slots` places that are used again; a task waits until one is free.
 */
export class WorkerPool {
  readonly slots: number;
  readonly #shared: readonly SharedArrayBuffer[];
  readonly #maxWorkers: number;
  readonly #workers: PooledWorker[] = [];
  readonly #memory: readonly Buffer[];
  readonly #freeSlots: number[];
  readonly #waitingForSlot: {
    readonly resolve: (slot: number) => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #failure: unknown;

  readonly #level: number;
  readonly #changedLevel: number;
  readonly #content: ContentKeys | undefined;
  #own: TaskRunner | undefined;
  #ownTasksLeft = ownTasks;

  /** `level`: of zstd. `content`: of an encrypted mount. */
  constructor(workers = threadLimit, level = defaultLevel, content?: ContentKeys) {
    this.#level = level;
    this.#content = content;
    this.#changedLevel = Math.min(maxLevel, level + changedLevels);
    this.slots = workers * slotsPerWorker + 1;
    this.#maxWorkers = workers;
    this.#shared = Array.from({ length: this.slots }, () => new SharedArrayBuffer(slotBytes));
    this.#memory = this.#shared.map((memory) => Buffer.from(memory));
    this.#freeSlots = [...this.#shared.keys()];
  }

  /** The window as cut, or 'short' when the file has less. */
  async cut(window: Window): Promise<PooledCut | 'short'> {
    const slot = await this.#takeSlot();
    const level = window.known ? this.#changedLevel : this.#level;
    const answer = await this.#run({ slot, purpose: 'cut', window, level });
    const release = () => this.#freeSlot(slot);
    if (answer.outcome === 'cut') return { ...this.#cutIn(slot, answer), release };
    release();
    return 'short';
  }

  /** A frame of up to 1 MiB of raw bytes, which are taken over at once. */
  async compress(raw: Buffer): Promise<PooledFrame> {
    const slot = await this.#takeSlot();
    this.#memory[slot]?.set(raw);
    const level = this.#changedLevel;
    const answer = await this.#run({ slot, purpose: 'compress', rawBytes: raw.length, level });
    if (answer.outcome !== 'compressed') throw new Error(`a worker answered ${answer.outcome}`);
    return { ...this.#frameIn(slot, answer.frame), release: () => this.#freeSlot(slot) };
  }

  /** The digests of the window's leaves, or 'short' when the file has less. */
  async hash(window: Window): Promise<Uint8Array | 'short'> {
    const slot = await this.#takeSlot();
    const answer = await this.#run({ slot, purpose: 'hash', window });
    this.#freeSlot(slot);
    return answer.outcome === 'hashed' ? answer.leafDigests : 'short';
  }

  /** The pieces of content that begin in the stretch (see content-list.ts), or 'short' when the file has less. */
  async scan(stretch: ScannedStretch): Promise<Uint8Array | 'short'> {
    const slot = await this.#takeSlot();
    const answer = await this.#run({ slot, purpose: 'scan', stretch });
    this.#freeSlot(slot);
    return answer.outcome === 'scanned' ? answer.pieces : 'short';
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
    await Promise.all(this.#workers.map(({ thread }) => thread.terminate()));
    this.#fail(new Error('the worker pool was closed'));
  }

  /** An idle worker, or a new one, or the one with least to do: a few small files need no second thread. */
  #pickWorker(): PooledWorker {
    const [least] = this.#workers.toSorted((one, other) => one.tasks - other.tasks);
    const isFull = this.#workers.length === this.#maxWorkers || threadsOfAllPools >= threadLimit;
    if (least && (least.tasks === 0 || isFull)) return least;
    const worker = { thread: this.#start(), tasks: 0 };
    this.#workers.push(worker);
    return worker;
  }

  #start(): Worker {
    const thread = new Worker(new URL('./pool-worker.ts', import.meta.url), {
      workerData: this.#setup,
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    });
    thread.on('message', (reply: WorkerReply) => this.#settle(reply));
    thread.on('error', (error) => this.#fail(error));
    threadsOfAllPools++;
    thread.on('exit', () => threadsOfAllPools--);
    return thread;
  }

  get #setup(): WorkerSetup {
    return { slots: this.#shared, ...(this.#content && { content: this.#content }) };
  }

  #cutIn(slot: number, answer: WorkerAnswer & { readonly outcome: 'cut' }): CutWindow {
    const { cut, frame, looseBytes } = answer;
    if (frame) return { ...cut, frame: this.#frameIn(slot, frame) };
    return looseBytes === undefined ? cut : { ...cut, loose: this.#bytesIn(slot, looseBytes) };
  }

  #frameIn(slot: number, { storedBytes, ...facts }: FrameInSlot): PreparedFrame {
    return { ...facts, stored: this.#bytesIn(slot, storedBytes) };
  }

  #bytesIn(slot: number, length: number): Buffer {
    return this.#memory[slot]?.subarray(0, length) ?? Buffer.alloc(0);
  }

  #takeSlot(): Promise<number> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
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
    if (this.#workers.length === 0 && this.#ownTasksLeft > 0 && bytesOf(task) <= ownTaskBytes) {
      return this.#runHere(task);
    }
    const worker = this.#pickWorker();
    worker.tasks++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(task.slot, { worker, resolve, reject });
      worker.thread.postMessage(task);
    });
  }

  async #runHere(task: WorkerTask): Promise<WorkerAnswer> {
    this.#ownTasksLeft--;
    this.#own ??= new TaskRunner(this.#setup, ownTaskBytes);
    const answer = this.#own.answerTo(task);
    if (answer.outcome !== 'failed') return answer;
    this.#freeSlot(task.slot);
    throw answer.error;
  }

  #settle({ slot, answer }: WorkerReply): void {
    const waiting = this.#waiting.get(slot);
    this.#waiting.delete(slot);
    if (waiting) waiting.worker.tasks--;
    if (answer.outcome === 'failed') {
      waiting?.reject(answer.error);
      this.#freeSlot(slot);
    } else waiting?.resolve(answer);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of [...this.#waiting.values(), ...this.#waitingForSlot]) reject(error);
    this.#waiting.clear();
    this.#waitingForSlot.length = 0;
  }
}

/** What a task reads or makes. */
function bytesOf(task: WorkerTask): number {
  switch (task.purpose) {
    case 'compress':
      return task.rawBytes;
    case 'scan':
      return task.stretch.length;
    case 'place':
      return Math.max(task.placement.frame.rawBytes, task.placement.frame.storedBytes);
    default:
      return task.window.length;
  }
}

import { defaultLevel } from '../../../shared/domain/vault/compression.ts';
import { copyBytes } from '../../../shared/domain/vault/copy-bytes.ts';
import type { PreparedFrame } from '../../../shared/domain/vault/pack.ts';
import type { CutWindow } from '../changes/cut-window.ts';
import { bufferOf } from './slot-memory.ts';
import { TaskRunner } from './task-runner.ts';
import { ThreadMemory } from './thread-memory.ts';
import type {
  FrameInSlot,
  LeafRuns,
  Placement,
  PoolKeys,
  ProvenStretch,
  ScannedContent,
  ScannedWindow,
  Window,
  WorkerAnswer,
  WorkerSetup,
  WorkerTask,
} from './worker-tasks.ts';
import { workerThreads } from './worker-threads.ts';

/** So many small tasks are done at once, without a thread: to start one takes longer than all of these. */
const ownTasks = 16;
const ownTaskBytes = 64 * 2 ** 10;

/**
 * What changed in a file is little, and worth more: scattered Oracle blocks of which 15 % are incompressible take 0.69 of
 * their bytes at level 1, 0.56 at level 3, and 0.55 at level 6, which takes two and a half times as long as level 3.
 */
const changedLevels = 2;
const maxLevel = 19;
const noMemory = Buffer.alloc(0);

/** A cut window whose bytes lie in a slot until `release` is called. */
export type PooledCut = CutWindow & { readonly release: () => void };
export type PooledFrame = PreparedFrame & { readonly release: () => void };

export type PlacedFrame = { readonly proven: readonly ProvenStretch[] } | { readonly damage: string };

/**
 * What the worker threads do for one upload or restore: read, hash, compress, expand and write, so that the gateway's own
 * thread stays free. Stored bytes travel in `slots` places that are used again; a task waits until one is free.
 */
export class WorkerPool {
  readonly slots: number;
  readonly #setup: WorkerSetup;
  readonly #number: number;
  readonly #memory: readonly Buffer[];
  readonly #freeSlots: number[];
  readonly #waitingForSlot: {
    readonly resolve: (slot: number) => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #level: number;
  readonly #changedLevel: number;
  #isClosed = false;
  #own: TaskRunner | undefined;
  #ownTasksLeft = ownTasks;

  /** `level`: of zstd. */
  constructor(level = defaultLevel, keys: PoolKeys = {}) {
    this.#level = level;
    this.#changedLevel = Math.min(maxLevel, level + changedLevels);
    const { pool, setup } = workerThreads.open(keys);
    this.#number = pool;
    this.#setup = setup;
    this.#memory = setup.slots.map(bufferOf);
    this.#freeSlots = [...setup.slots.keys()];
    this.slots = setup.slots.length;
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

  /** A frame of up to 1 MiB of raw bytes, which are taken over at once; at `leastLevel` or that of changed content. */
  async compress(raw: Buffer, leastLevel = 0): Promise<PooledFrame> {
    const slot = await this.#takeSlot();
    copyBytes(this.#memory[slot] ?? noMemory, 0, raw);
    const level = Math.max(this.#changedLevel, leastLevel);
    const answer = await this.#run({ slot, purpose: 'compress', rawBytes: raw.length, level });
    if (answer.outcome !== 'compressed') throw new Error(`a worker answered ${answer.outcome}`);
    return { ...this.#frameIn(slot, answer.frame), release: () => this.#freeSlot(slot) };
  }

  /** The digests of the leaves of all runs, as they are on the disk where the file is open so; 'short' when it has less. */
  async hash(leaves: LeafRuns): Promise<Uint8Array | 'short'> {
    const slot = await this.#takeSlot();
    const answer = await this.#run({ slot, purpose: 'hash', leaves });
    this.#freeSlot(slot);
    return answer.outcome === 'hashed' ? answer.leafDigests : 'short';
  }

  /** What the window's content is, or 'short' when the file has less. */
  async scan(window: ScannedWindow): Promise<ScannedContent | 'short'> {
    const slot = await this.#takeSlot();
    const answer = await this.#run({ slot, purpose: 'scan', window });
    this.#freeSlot(slot);
    return answer.outcome === 'scanned' ? answer : 'short';
  }

  /** Verifies a frame and writes it to its places; answers what is proven to be on the disk, or what is wrong with it. */
  async place(placement: Placement, stored: Buffer): Promise<PlacedFrame> {
    const slot = await this.#takeSlot();
    copyBytes(this.#memory[slot] ?? noMemory, 0, stored);
    const answer = await this.#run({ slot, purpose: 'place', placement });
    this.#freeSlot(slot);
    return answer.outcome === 'placed' ? { proven: answer.proven } : { damage: messageOf(answer) };
  }

  /** Resolves when no thread reads or writes for it any more; tasks that have not begun are refused. */
  async close(): Promise<void> {
    if (this.#isClosed) return void (await Promise.allSettled(this.#underWay));
    this.#isClosed = true;
    for (const { reject } of this.#waitingForSlot.splice(0)) reject(closed());
    await Promise.allSettled(this.#underWay);
    workerThreads.close(this.#number, this.#freeSlots.length === this.slots);
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
    return this.#memory[slot]?.subarray(0, length) ?? noMemory;
  }

  #takeSlot(): Promise<number> {
    if (this.#isClosed) return Promise.reject(closed());
    const slot = this.#freeSlots.pop();
    if (slot !== undefined) return Promise.resolve(slot);
    return new Promise((resolve, reject) => this.#waitingForSlot.push({ resolve, reject }));
  }

  #freeSlot(slot: number): void {
    const next = this.#waitingForSlot.shift();
    if (next) next.resolve(slot);
    else this.#freeSlots.push(slot);
  }

  /** Gives the slot back when the task fails; otherwise whoever asked does. */
  async #run(task: WorkerTask): Promise<WorkerAnswer> {
    try {
      const answer = await this.#carryOut(task);
      if (answer.outcome === 'failed') throw nameAgain(answer);
      return answer;
    } catch (error) {
      this.#freeSlot(task.slot);
      throw error;
    }
  }

  async #carryOut(task: WorkerTask): Promise<WorkerAnswer> {
    if (this.#isClosed) throw closed();
    if (workerThreads.isEmpty && this.#ownTasksLeft > 0 && bytesOf(task) <= ownTaskBytes) {
      this.#ownTasksLeft--;
      this.#own ??= new TaskRunner(this.#setup, new ThreadMemory(ownTaskBytes));
      return this.#own.answerTo(task);
    }
    return this.#track(workerThreads.run(this.#number, task));
  }

  /** Until it has ended, neither its slot nor the file that it is about may go. */
  #track<T>(task: Promise<T>): Promise<T> {
    this.#underWay.add(task);
    return task.finally(() => this.#underWay.delete(task));
  }
}

const closed = (): Error => new Error('the worker pool was closed');

const messageOf = (answer: WorkerAnswer): string =>
  answer.outcome === 'damaged' ? answer.message : `a worker answered ${answer.outcome}`;

/** What a task reads or makes. */
function bytesOf(task: WorkerTask): number {
  switch (task.purpose) {
    case 'compress':
      return task.rawBytes;
    case 'place':
      return Math.max(task.placement.frame.rawBytes, task.placement.frame.storedBytes);
    case 'hash':
      return task.leaves.runs.reduce((sum, { length }) => sum + length, 0);
    default:
      return task.window.length;
  }
}

const nameAgain = ({ error, errno }: Extract<WorkerAnswer, { outcome: 'failed' }>): unknown =>
  error instanceof Error && errno !== undefined ? Object.assign(error, { code: errno }) : error;

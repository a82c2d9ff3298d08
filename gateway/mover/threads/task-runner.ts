import { readSync } from 'node:fs';
import { copyBytes } from '../../../shared/domain/vault/copy-bytes.ts';
import { hashLeaves } from '../../../shared/domain/vault/digest.ts';
import { openHashedFrame, type PreparedFrame } from '../../../shared/domain/vault/pack.ts';
import { releaseMemory } from '../../../shared/domain/vault/release-memory.ts';
import { hasCode } from '../../../shared/errors.ts';
import { systemCode } from '../../file-errors.ts';
import { consistsOfBlocks } from '../changes/block-cuts.ts';
import { makeCutTable } from '../changes/content-cuts.ts';
import { hashesUnder } from '../changes/content-hashes.ts';
import { cutWindow, prepareFrame } from '../changes/cut-window.ts';
import { scanContent } from '../changes/scan-content.ts';
import type { WindowContent } from '../changes/segment-pieces.ts';
import { type TagStrip, tagStripsWith } from '../changes/strip-tags.ts';
import { hashRuns } from './hash-runs.ts';
import { type Disk, placeFrame, realDisk } from './place-frame.ts';
import { bufferOf } from './slot-memory.ts';
import type { ThreadMemory } from './thread-memory.ts';
import type {
  FrameInSlot,
  Placement,
  ScannedWindow,
  WorkerAnswer,
  WorkerSetup,
  WorkerTask,
} from './worker-tasks.ts';

type TaskOf<P extends WorkerTask['purpose']> = Extract<WorkerTask, { readonly purpose: P }>;

/** Carries out the tasks of a WorkerPool. Bytes stay in memory that is used again and again: fresh memory would halve the speed. */
export class TaskRunner {
  readonly #slots: readonly Buffer[];
  readonly #hashes: ReturnType<typeof hashesUnder>;
  readonly #cutting: Parameters<typeof scanContent>[2];
  readonly #tagStrip: TagStrip | undefined;
  readonly #memory: ThreadMemory;
  readonly #disk: Disk;

  constructor({ slots, content, stripKey }: WorkerSetup, memory: ThreadMemory, disk: Disk = realDisk) {
    this.#slots = slots.map(bufferOf);
    this.#hashes = hashesUnder(content);
    this.#cutting = { table: makeCutTable(content?.cut), hashPiece: this.#hashes.piece };
    this.#tagStrip = stripKey && tagStripsWith(stripKey);
    this.#memory = memory;
    this.#disk = disk;
  }

  async answerTo(task: WorkerTask): Promise<WorkerAnswer> {
    try {
      return await this.#carryOut(task);
    } catch (error) {
      if (hasCode(error, 'VAULT_OBJECT_DAMAGED')) return { outcome: 'damaged', message: error.message };
      const errno = systemCode(error);
      return { outcome: 'failed', error, ...(errno !== undefined && { errno }) };
    }
  }

  #carryOut(task: WorkerTask): WorkerAnswer | Promise<WorkerAnswer> {
    const slot = this.#slots[task.slot];
    if (!slot) throw new Error(`there is no slot ${task.slot}`);
    if (task.purpose === 'place') return this.#memory.placings.run(() => this.#place(task.placement, slot));
    if (task.purpose === 'compress') return this.#compress(task, slot);
    if (task.purpose === 'hash') return this.#hash(task, slot);
    const { fd, offset, length } = task.window;
    const bytes = readAt(fd, this.#memory.window.subarray(0, length), offset);
    if (!bytes) return { outcome: 'short' };
    return task.purpose === 'cut' ? this.#cut(bytes, task, slot) : this.#scan(bytes, task.window);
  }

  #hash({ leaves }: TaskOf<'hash'>, slot: Buffer): WorkerAnswer {
    const leafDigests = hashRuns(leaves, slot, this.#hashes.leaf);
    return leafDigests ? { outcome: 'hashed', leafDigests } : { outcome: 'short' };
  }

  #scan(bytes: Buffer, window: ScannedWindow): WorkerAnswer {
    const content = this.#contentOf(bytes, window);
    if (content === undefined) return { outcome: 'short' };
    const leafDigests =
      content === 'blocks' ? hashLeaves(bytes, window.leafBytes, this.#hashes.leaf) : new Uint8Array();
    return { outcome: 'scanned', content, leafDigests };
  }

  #contentOf(bytes: Buffer, window: ScannedWindow): WindowContent | undefined {
    return consistsOfBlocks(bytes, window.leafBytes) ? 'blocks' : scanContent(window, readAt, this.#cutting);
  }

  #cut(bytes: Buffer, { window, level }: TaskOf<'cut'>, slot: Buffer): WorkerAnswer {
    const { fileBytes } = window;
    const content = fileBytes === undefined ? undefined : this.#contentOf(bytes, { ...window, fileBytes });
    if (fileBytes !== undefined && content === undefined) return { outcome: 'short' };
    const tagStrip = window.isKept ? this.#tagStrip : undefined;
    const { frame, loose, ...cut } = cutWindow(bytes, { ...window, level, hashes: this.#hashes, tagStrip });
    const rest = { ...cut, ...(content && { content }) };
    if (frame) return { outcome: 'cut', cut: rest, frame: this.#putInSlot(frame, slot) };
    if (!loose) return { outcome: 'cut', cut: rest };
    copyBytes(slot, 0, loose);
    const looseBytes = loose.length;
    releaseMemory(loose);
    return { outcome: 'cut', cut: rest, looseBytes };
  }

  #compress({ rawBytes, level }: TaskOf<'compress'>, slot: Buffer): WorkerAnswer {
    const frame = prepareFrame(slot.subarray(0, rawBytes), level, this.#hashes);
    return { outcome: 'compressed', frame: this.#putInSlot(frame, slot) };
  }

  #putInSlot({ stored, ...facts }: PreparedFrame, slot: Buffer): FrameInSlot {
    const storedBytes = stored.length;
    copyBytes(slot, 0, stored);
    if (stored.buffer !== this.#memory.window.buffer && stored.buffer !== slot.buffer) releaseMemory(stored);
    return { ...facts, storedBytes };
  }

  async #place(placement: Placement, slot: Buffer): Promise<WorkerAnswer> {
    const { frame, sealed, name } = placement;
    const opening = sealed && { ...sealed, hashes: this.#hashes };
    const opened = openHashedFrame(frame, slot.subarray(0, frame.storedBytes), name, opening);
    // A frame that was stored as it is lies in the slot, which is wanted for what is written.
    const raw = opened.raw.buffer === slot.buffer ? Buffer.from(opened.raw) : opened.raw;
    try {
      const memory = { pages: slot, leafHash: this.#hashes.leaf };
      return await placeFrame({ ...opened, raw }, placement, memory, this.#disk);
    } finally {
      releaseMemory(raw);
    }
  }
}

/** Fills `into`; undefined when the file ends before. */
function readAt(fd: number, into: Buffer, offset: number): Buffer | undefined {
  for (let filled = 0; filled < into.length; ) {
    const read = readSync(fd, into, filled, into.length - filled, offset + filled);
    if (read === 0) return undefined;
    filled += read;
  }
  return into;
}

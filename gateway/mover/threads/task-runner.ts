import { readSync, writeSync } from 'node:fs';
import { copyBytes } from '../../../shared/domain/vault/copy-bytes.ts';
import { hashLeaves } from '../../../shared/domain/vault/digest.ts';
import { openFrame, type PreparedFrame } from '../../../shared/domain/vault/pack.ts';
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
import { directPart } from './direct-io.ts';
import type {
  DirectWrite,
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
  readonly #buffer: Buffer;

  /** `window`: memory for the longest window that it is given. */
  constructor({ slots, content, stripKey }: WorkerSetup, window: Buffer) {
    this.#slots = slots.map((memory) => Buffer.from(memory));
    this.#hashes = hashesUnder(content);
    this.#cutting = { table: makeCutTable(content?.cut), hashPiece: this.#hashes.piece };
    this.#tagStrip = stripKey && tagStripsWith(stripKey);
    this.#buffer = window;
  }

  answerTo(task: WorkerTask): WorkerAnswer {
    try {
      return this.#carryOut(task);
    } catch (error) {
      if (hasCode(error, 'VAULT_OBJECT_DAMAGED')) return { outcome: 'damaged', message: error.message };
      const errno = systemCode(error);
      return { outcome: 'failed', error, ...(errno !== undefined && { errno }) };
    }
  }

  #carryOut(task: WorkerTask): WorkerAnswer {
    const slot = this.#slots[task.slot];
    if (!slot) throw new Error(`there is no slot ${task.slot}`);
    if (task.purpose === 'place') return this.#place(task.placement, slot);
    if (task.purpose === 'compress') return this.#compress(task, slot);
    const { fd, offset, length } = task.window;
    const isInSlot = task.purpose === 'hash' && task.isInSlot;
    const bytes = isInSlot ? slot.subarray(0, length) : readAt(fd, this.#buffer.subarray(0, length), offset);
    if (!bytes) return { outcome: 'short' };
    if (task.purpose === 'cut') return this.#cut(bytes, task, slot);
    if (task.purpose === 'scan') return this.#scan(bytes, task.window);
    return { outcome: 'hashed', leafDigests: hashLeaves(bytes, task.window.leafBytes, this.#hashes.leaf) };
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
    if (stored.buffer !== this.#buffer.buffer && stored.buffer !== slot.buffer) releaseMemory(stored);
    return { ...facts, storedBytes };
  }

  /** Verifies a frame and writes what the page cache is for; what is not stays in the slot, for whoever asked to write it. */
  #place({ frame, sealed, name, writes, fd, direct }: Placement, slot: Buffer): WorkerAnswer {
    const opening = sealed && { ...sealed, hashes: this.#hashes };
    const opened = openFrame(frame, slot.subarray(0, frame.storedBytes), name, opening);
    const isInSlot = opened.buffer === slot.buffer;
    if (isInSlot) copyBytes(this.#buffer, 0, opened);
    const raw = isInSlot ? this.#buffer.subarray(0, opened.length) : opened;
    const left: DirectWrite[] = [];
    let used = 0;
    for (const { frameOffset, length, fileOffset } of writes) {
      if (frameOffset + length > raw.length)
        return { outcome: 'damaged', message: `${name}: is shorter than its block map says` };
      const bytes = raw.subarray(frameOffset, frameOffset + length);
      const part = direct === undefined ? undefined : directPart(fileOffset, length);
      if (!part || used + part.to - part.from > slot.length) {
        writeAll(fd, bytes, fileOffset);
        continue;
      }
      const [from, to] = [part.from - fileOffset, part.to - fileOffset];
      writeAll(fd, bytes.subarray(0, from), fileOffset);
      writeAll(fd, bytes.subarray(to), part.to);
      copyBytes(slot, used, bytes.subarray(from, to));
      left.push({ at: used, length: to - from, fileOffset: part.from });
      used += to - from;
    }
    if (!isInSlot) releaseMemory(raw);
    return { outcome: 'placed', left };
  }
}

function writeAll(fd: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
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

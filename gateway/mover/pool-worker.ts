import { readSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { hashLeaves } from '../../shared/domain/vault/digest.ts';
import { frameBytes, openFrame } from '../../shared/domain/vault/pack.ts';
import { releaseMemory } from '../../shared/domain/vault/release-memory.ts';
import { hasCode } from '../../shared/errors.ts';
import { cutWindow } from './cut-window.ts';
import type { Placement, Window, WorkerAnswer, WorkerReply, WorkerTask } from './worker-tasks.ts';

/** A thread of WorkerPool. Bytes stay in memory that is used again and again: fresh memory would halve the speed. */
const slots = (workerData as readonly SharedArrayBuffer[]).map((memory) => Buffer.from(memory));
const buffer = Buffer.allocUnsafeSlow(frameBytes);

function carryOut(task: WorkerTask): WorkerAnswer {
  const slot = slots[task.slot];
  if (!slot) throw new Error(`there is no slot ${task.slot}`);
  if (task.purpose === 'place') return place(task.placement, slot);
  const bytes = readWindow(task.window);
  if (!bytes) return { outcome: 'short' };
  const { leafBytes } = task.window;
  return task.purpose === 'hash'
    ? { outcome: 'hashed', leafDigests: hashLeaves(bytes, leafBytes) }
    : cut(bytes, leafBytes, slot);
}

function readWindow({ fd, offset, length }: Window): Buffer | undefined {
  for (let filled = 0; filled < length; ) {
    const read = readSync(fd, buffer, filled, length - filled, offset + filled);
    if (read === 0) return undefined;
    filled += read;
  }
  return buffer.subarray(0, length);
}

function cut(bytes: Buffer, leafBytes: number, slot: Buffer): WorkerAnswer {
  const { frame, ...rest } = cutWindow(bytes, leafBytes);
  if (!frame) return { outcome: 'cut', cut: rest };
  const { stored, ...facts } = frame;
  const answer = { outcome: 'cut', cut: rest, frame: { ...facts, storedBytes: stored.length } } as const;
  slot.set(stored);
  if (stored.buffer !== buffer.buffer) releaseMemory(stored);
  return answer;
}

function place({ fd, frame, name, writes }: Placement, slot: Buffer): WorkerAnswer {
  const raw = openFrame(frame, slot.subarray(0, frame.storedBytes), name);
  for (const { frameOffset, length, fileOffset } of writes) {
    if (frameOffset + length > raw.length)
      return { outcome: 'damaged', message: `${name}: is shorter than its block map says` };
    for (let done = 0; done < length; ) {
      done += writeSync(fd, raw, frameOffset + done, length - done, fileOffset + done);
    }
  }
  if (raw.buffer !== slot.buffer) releaseMemory(raw);
  return { outcome: 'placed' };
}

function answerTo(task: WorkerTask): WorkerAnswer {
  try {
    return carryOut(task);
  } catch (error) {
    if (hasCode(error, 'VAULT_OBJECT_DAMAGED')) return { outcome: 'damaged', message: error.message };
    return { outcome: 'failed', error };
  }
}

parentPort?.on('message', (task: WorkerTask) => {
  parentPort?.postMessage({ slot: task.slot, answer: answerTo(task) } satisfies WorkerReply);
});

import { closeSync, constants, ftruncateSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pageAligned } from '../../../gateway/mover/threads/direct-io.ts';
import { type Disk, realDisk } from '../../../gateway/mover/threads/place-frame.ts';
import { makeSlots } from '../../../gateway/mover/threads/slot-memory.ts';
import { TaskRunner } from '../../../gateway/mover/threads/task-runner.ts';
import { ThreadMemory } from '../../../gateway/mover/threads/thread-memory.ts';
import type { FrameWrite, Placement } from '../../../gateway/mover/threads/worker-tasks.ts';
import { hashBytes, hashLeaves, sha256Hex } from '../../../shared/domain/vault/digest.ts';
import { type Frame, frameBytes, openPack } from '../../../shared/domain/vault/pack.ts';
import { packOf, randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { temporaryFolder } from './mover-fixtures.ts';

const leafBytes = 8192;
const random = randomBytes('place', 40 * leafBytes);
const text = Buffer.concat([random.subarray(0, 20 * leafBytes), Buffer.alloc(20 * leafBytes, 'x')]);

async function arrange(content: Buffer, disk: Disk = realDisk) {
  const folder = await temporaryFolder();
  const open = (name: string, flags: number) => {
    const fd = openSync(join(folder, name), flags | constants.O_RDWR | constants.O_CREAT);
    onTestFinished(() => closeSync(fd));
    return fd;
  };
  const [fd, table] = [open('file', 0), open('table', 0)];
  const direct = openDirect(() => open('file', constants.O_DIRECT)) ?? open('file', 0);
  ftruncateSync(fd, content.length + 20 * leafBytes);
  const { bytes } = packOf([content]);
  const [frame] = openPack(bytes, 'pack');
  if (!frame) throw new Error('no frame');
  const slots = makeSlots(3, frameBytes + 16);
  const runner = new TaskRunner({ slots }, new ThreadMemory(frameBytes), disk);
  const place = (writes: readonly FrameWrite[], more: Partial<Placement> = {}, slot = 0) => {
    bytes.copy(slots[slot] ?? new Uint8Array(), 0, frame.offset, frame.offset + frame.storedBytes);
    const placement = { fd, direct, table, frame, name: 'frame 0', writes, ...more };
    return runner.answerTo({ slot, purpose: 'place', placement });
  };
  const digests = (leaves: number, at = 0) => {
    const found = Buffer.alloc(leaves * hashBytes);
    readSync(table, found, 0, found.length, at);
    return found;
  };
  return { place, digests, frame, file: () => readFileSync(join(folder, 'file')) };
}

/** Not every file system for temporary files knows that. */
function openDirect(open: () => number): number | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}

const whole = { frameOffset: 0, length: 40 * leafBytes, fileOffset: 0, digestsAt: 64 };

const at = (leaf: number, leaves: number, shift = 0, digestsAt?: number) => ({
  frameOffset: leaf * leafBytes,
  length: leaves * leafBytes,
  fileOffset: (leaf + 2) * leafBytes + shift,
  digestsAt,
});

const placeOf = ({ fileOffset, length }: FrameWrite) => ({ fileOffset, length });

const leavesOf = (bytes: Buffer, first: number, count: number) =>
  bytes.subarray(first * leafBytes, (first + count) * leafBytes);

/** Keeps another byte than it was given, and says nothing. */
const lyingDisk: Disk = {
  ...realDisk,
  write(file, bytes, offset) {
    const other = Buffer.from(pageAligned(bytes.length));
    bytes.copy(other);
    other.writeUInt8((other[100_000] ?? 0) ^ 1, 100_000);
    return realDisk.write(file, other, offset);
  },
};

describe('what a worker proves to be on the disk', () => {
  it.each([
    ['compressed', text],
    ['stored as it is', random],
  ])('are whole leaves, with their digests: of a frame %s', async (_, content) => {
    const { place, digests, file } = await arrange(content);

    expect(await place([whole])).toEqual({
      outcome: 'placed',
      proven: [{ fileOffset: 0, length: 40 * leafBytes }],
    });

    expect(digests(40, 64)).toEqual(hashLeaves(content, leafBytes));
    expect(file().subarray(0, content.length).equals(content)).toBe(true);
  });

  it('is each stretch for itself: those that are small or lie askew are not', async () => {
    const { place, digests, file } = await arrange(text);
    const stretches = [at(0, 9, 0, 0), at(9, 1), at(10, 1, 0, 8192), at(12, 9, 0, 4096), at(21, 9, 4096)];

    expect(await place(stretches)).toEqual({ outcome: 'placed', proven: [at(0, 9), at(12, 9)].map(placeOf) });

    expect(digests(9)).toEqual(hashLeaves(leavesOf(text, 0, 9), leafBytes));
    expect(digests(9, 4096)).toEqual(hashLeaves(leavesOf(text, 12, 9), leafBytes));
    expect(leavesOf(file(), 2, 11).equals(leavesOf(text, 0, 11))).toBe(true);
    expect(leavesOf(file(), 14, 9).equals(leavesOf(text, 12, 9))).toBe(true);
  });

  it('is what others wrote in between as well, as it is read', async () => {
    const { place, digests, file } = await arrange(text);
    await place([at(20, 1, -19 * leafBytes)]);
    const between = { ...placeOf(at(1, 1)), digestsAt: hashBytes };
    const writes = [at(0, 1, 0, 0), between, at(2, 3, 0, 2 * hashBytes), at(5, 20, 0, 5 * hashBytes)];

    expect(await place(writes)).toEqual({
      outcome: 'placed',
      proven: [{ fileOffset: 2 * leafBytes, length: 25 * leafBytes }],
    });

    expect(leavesOf(file(), 3, 1).equals(leavesOf(text, 20, 1))).toBe(true);
    expect(digests(25)).toEqual(hashLeaves(leavesOf(file(), 2, 25), leafBytes));
  });

  it('is what is small when it stands together, and never part of a leaf', async () => {
    const { place, digests } = await arrange(text);
    const writes = [at(0, 5, 0, 0), at(5, 4, 0, 5 * hashBytes)];

    expect(await place([at(0, 7, 0, 0)])).toEqual({ outcome: 'placed', proven: [] });
    const rest = { ...at(9, 1, 0, 9 * hashBytes), length: 100 };
    expect(await place([...writes, rest])).toEqual({
      outcome: 'placed',
      proven: [{ fileOffset: 2 * leafBytes, length: 9 * leafBytes }],
    });
    expect(digests(10)).toEqual(
      Buffer.concat([hashLeaves(leavesOf(text, 0, 9), leafBytes), Buffer.alloc(32)]),
    );
  });

  it.each([
    ['compressed', text],
    ['stored as it is', random],
  ])('is nothing of a disk that has another byte: of a frame %s', async (_, content) => {
    const { place } = await arrange(content, lyingDisk);

    expect(await place([whole])).toEqual({ outcome: 'placed', proven: [] });
  });

  it('is nothing of a disk that cannot be read past the cache', async () => {
    const { place, file } = await arrange(text, { ...realDisk, readBack: async () => false });

    expect(await place([whole])).toEqual({ outcome: 'placed', proven: [] });
    expect(await place([whole], { direct: undefined })).toEqual({ outcome: 'placed', proven: [] });
    expect(file().subarray(0, text.length).equals(text)).toBe(true);
  });

  it('is nothing where the table has no room, or the frame is one of old that is hashed as a whole', async () => {
    const { place, frame } = await arrange(text);
    const old: Frame = { ...frame, hashing: 'bytes', sha256: sha256Hex(text) };

    expect(await place([whole], { table: 1_000_000 })).toEqual({ outcome: 'placed', proven: [] });
    expect(await place([whole], { frame: old })).toEqual({ outcome: 'placed', proven: [] });
  });
});

describe('frames that a thread places', () => {
  it('are two at once: it computes for one while the other waits for the disk', async () => {
    const waiting: (() => void)[] = [];
    const slowDisk: Disk = {
      ...realDisk,
      async write(...what) {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return realDisk.write(...what);
      },
    };
    const { place, file } = await arrange(random, slowDisk);
    const pieces = [0, 1, 2].map((piece) => at(piece * 10, 10));

    const placed = pieces.map((piece, slot) => place([piece], {}, slot));
    await setImmediate();

    expect(waiting).toHaveLength(2);
    waiting.shift()?.();
    await Promise.race(placed);
    await setImmediate();
    expect(waiting).toHaveLength(2);
    for (const goOn of waiting.splice(0)) goOn();
    for (const { outcome } of await Promise.all(placed)) expect(outcome).toBe('placed');
    expect(leavesOf(file(), 2, 30).equals(leavesOf(random, 0, 30))).toBe(true);
  });
});

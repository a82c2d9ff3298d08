import { closeSync, constants, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pageAligned, readDirect, writeDirect } from '../../../gateway/mover/threads/direct-io.ts';
import { WorkerPool } from '../../../gateway/mover/threads/worker-pool.ts';
import type { LeafRuns } from '../../../gateway/mover/threads/worker-tasks.ts';
import { hashLeaves } from '../../../shared/domain/vault/digest.ts';
import { openPack } from '../../../shared/domain/vault/pack.ts';
import { packOf, randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { temporaryFolder } from './mover-fixtures.ts';

const incompressible = randomBytes('direct', 300_001);
const compressible = Buffer.concat([incompressible.subarray(0, 150_000), Buffer.alloc(150_001, 'x')]);

async function newFile(bytes: number) {
  const path = join(await temporaryFolder(), 'file');
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT);
  const direct = openDirect(path);
  ftruncateSync(fd, bytes);
  onTestFinished(() => {
    for (const each of [fd, direct]) if (each !== undefined) closeSync(each);
  });
  return { path, file: { fd, direct } };
}

/** Not every file system for temporary files knows that. */
function openDirect(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDWR | constants.O_DIRECT);
  } catch {
    return undefined;
  }
}

function newPool(): WorkerPool {
  const pool = new WorkerPool();
  onTestFinished(() => pool.close());
  return pool;
}

function frameOf(content: Buffer) {
  const { bytes } = packOf([content]);
  const [frame] = openPack(bytes, 'pack');
  if (!frame) throw new Error('no frame');
  return { frame, stored: bytes.subarray(frame.offset, frame.offset + frame.storedBytes) };
}

describe('a frame that is placed past the page cache', () => {
  const borders = [
    ['as a whole', []],
    ['in pieces that share pages with others', [2048, 4096, 100_000, 170_003, 170_004, 300_000]],
  ] as const;
  const contents = [
    ['compressed', compressible],
    ['stored as it is', incompressible],
  ] as const;
  const cases = contents.flatMap(([kind, content]) =>
    borders.map(([how, cuts]) => ({ kind, how, content, cuts })),
  );

  it.each(cases)('stands in the file byte by byte: $kind, $how', async ({ content, cuts }) => {
    // Its end, so that the file offset of no byte is its offset in the frame.
    const shift = 70_001;
    const { path, file } = await newFile(shift + content.length);
    const { frame, stored } = frameOf(content);
    const all = [0, ...cuts];
    const writes = all.map((from, index) => ({
      frameOffset: from,
      length: (all[index + 1] ?? content.length) - from,
      fileOffset: shift + from,
    }));

    // Twice, as content that stands at two places of a file: more than there is room for at once.
    const twice = [...writes, ...writes, ...writes, ...writes];
    expect(await newPool().place({ ...file, frame, name: 'frame 0', writes: twice }, stored)).toEqual({
      proven: [],
    });

    expect(readFileSync(path).subarray(shift).equals(content)).toBe(true);
    expect(readFileSync(path).subarray(0, shift).equals(Buffer.alloc(shift))).toBe(true);
  });

  it('is read back up to the end of the file and not beyond', async () => {
    const { file } = await newFile(incompressible.length);
    const { frame, stored } = frameOf(incompressible);
    const pool = newPool();
    const whole = { frameOffset: 0, length: incompressible.length, fileOffset: 0 };
    await pool.place({ ...file, frame, name: 'frame 0', writes: [whole] }, stored);
    const hash = (...runs: LeafRuns['runs']) => pool.hash({ ...file, leafBytes: 8192, runs });
    const rest = incompressible.length - 8192;

    expect(Buffer.from(await hash({ offset: 8192, length: rest }))).toEqual(
      hashLeaves(incompressible.subarray(8192), 8192),
    );
    expect(await hash({ offset: 8192, length: rest + 1 })).toBe('short');
    expect(await hash({ offset: 2 ** 20, length: rest })).toBe('short');
  });

  it('goes through the cache where the file system refuses', async () => {
    const { path, file } = await newFile(incompressible.length);
    // What does not begin at a page is refused as everything is by a file system that knows no other way.
    const memory = Buffer.from(pageAligned(2 ** 19)).subarray(1, incompressible.length + 1);
    incompressible.copy(memory);

    await writeDirect(file, memory, 0);

    expect(readFileSync(path).equals(incompressible)).toBe(true);
    memory.fill(0);
    expect(readDirect(file, memory, { offset: 0, length: memory.length })).toBe(true);
    expect(memory.equals(incompressible)).toBe(true);
  });
});

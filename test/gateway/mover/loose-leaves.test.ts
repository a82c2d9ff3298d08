import { describe, expect, it, onTestFinished } from 'vitest';
import { PackBuffers } from '../../../gateway/mover/pack-buffers.ts';
import { WorkerPool } from '../../../gateway/mover/threads/worker-pool.ts';
import type { LoosePiece } from '../../../gateway/mover/upload/gathered-frames.ts';
import { LooseLeaves } from '../../../gateway/mover/upload/loose-leaves.ts';
import { PackStream } from '../../../gateway/mover/upload/pack-stream.ts';
import { compress } from '../../../shared/domain/vault/compression.ts';
import { openPack } from '../../../shared/domain/vault/pack.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { uploadId } from './mover-identity.ts';

const mebibyte = 2 ** 20;
const block = 8192;

function gatherer() {
  const pool = new WorkerPool();
  const sent: Buffer[] = [];
  const put = async (_: unknown, body: unknown) => void sent.push(Buffer.from(body as Buffer));
  const packs = new PackStream({ put }, uploadId, new PackBuffers({ all: 1, each: 1 }));
  onTestFinished(async () => {
    await pool.close();
    await packs.close();
  });
  const loose = new LooseLeaves(pool, packs);
  return {
    loose,
    async add(bytes: Buffer): Promise<LoosePiece> {
      const piece = { length: bytes.length };
      await loose.add(bytes, [piece]);
      return piece;
    },
    /** The frames of the only pack. */
    async finish() {
      await loose.flush();
      await packs.finish();
      const [pack = Buffer.alloc(0)] = sent;
      return openPack(pack, 'pack');
    },
  };
}

describe('gathering changed blocks', () => {
  it('does what comes after blocks when these are stored, one after the other', async () => {
    const { loose, add, finish } = gatherer();
    const done: string[] = [];
    await loose.afterwards(1, () => void done.push('nothing before'));
    const first = await add(randomBytes('first', block));
    await loose.afterwards(1, async () => {
      await Promise.resolve();
      done.push(`first in frame ${first.place?.frame}`);
    });
    const second = await add(randomBytes('second', mebibyte));
    await loose.afterwards(1, () => void done.push(`second in frame ${second.place?.frame}`));
    expect(done).toEqual(['nothing before']);

    const frames = await finish();

    expect(done).toEqual(['nothing before', 'first in frame 0', 'second in frame 1']);
    expect(frames.map(({ rawBytes }) => rawBytes)).toEqual([block, mebibyte]);
  });

  it('stores a frame that is not full when what waits for it holds much memory', async () => {
    const { loose, add, finish } = gatherer();
    const piece = await add(randomBytes('piece', block));
    await loose.afterwards(4 * mebibyte, () => {});
    expect(piece.place).toBeUndefined();

    await loose.afterwards(1, () => {});

    expect(piece.place).toEqual({ number: 1, frame: 0, offset: 0 });
    expect(await finish()).toHaveLength(1);
  });

  it('keeps what does not compress apart from what does', async () => {
    const { loose, add, finish } = gatherer();
    const places: LoosePiece[] = [];
    for (let number = 0; number < 40; number++) {
      const isText = number % 2 === 0;
      const seed = randomBytes(`${number}`, block);
      places.push(await add(isText ? Buffer.from(seed.toString('base64')).subarray(0, block) : seed));
    }
    let isDone = false;
    await loose.afterwards(1, () => {
      isDone = true;
    });
    expect(isDone).toBe(false);

    const frames = await finish();

    expect(isDone).toBe(true);
    expect(frames.map(({ rawBytes, codec }) => [rawBytes / block, codec])).toEqual([
      [16, 0],
      [4, 0],
      [20, 1],
    ]);
    const kinds = places.map(({ place }) => (place?.frame === 2 ? 'text' : 'random'));
    expect(kinds).toEqual(places.map((_, number) => (number % 2 === 0 ? 'text' : 'random')));
  });

  it('takes more time for the only frame of a day than for one of many', async () => {
    const words = Array.from({ length: 500 }, (_, index) => randomBytes(`${index}`, 9).toString('hex'));
    const text = Array.from({ length: 7000 }, (_, index) => words[(index * index * 31 + index) % 499]);
    const raw = Buffer.from(text.join(' ')).subarray(0, 8 * block);
    const [alone, later] = [gatherer(), gatherer()];
    await alone.add(raw);
    for (let frame = 0; frame < 9; frame++) await later.add(Buffer.alloc(mebibyte, frame));
    await later.add(raw);

    const [only] = await alone.finish();
    const tenth = (await later.finish())[9];

    expect(only?.storedBytes).toBe(compress(raw, 16).stored.length);
    expect(tenth?.storedBytes).toBe(compress(raw, 3).stored.length);
    expect(only?.storedBytes).toBeLessThan(tenth?.storedBytes ?? 0);
  });
});

import { open, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mapInOrder } from '../../../gateway/mover/in-order.ts';
import { WorkerPool } from '../../../gateway/mover/threads/worker-pool.ts';
import { hashLeaves } from '../../../shared/domain/vault/digest.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { temporaryFolder } from './mover-fixtures.ts';

async function openFile(content: Buffer) {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, content);
  const handle = await open(path);
  const pool = new WorkerPool();
  onTestFinished(async () => {
    await pool.close();
    await handle.close();
  });
  return { fd: handle.fd, pool };
}

describe('the worker pool', () => {
  it('gives every task its own memory, however many are asked for at once', async () => {
    const pieces = Array.from({ length: 40 }, (_, index) => randomBytes(`${index}`, 30_000));
    const { fd, pool } = await openFile(Buffer.concat(pieces));

    const cuts = pieces.map(async (piece, index) => {
      const cut = await pool.cut({ fd, offset: index * 30_000, length: 30_000, leafBytes: 8192 });
      if (cut === 'short') throw new Error('short');
      const isSame = Buffer.from(cut.frame?.stored ?? []).equals(piece);
      cut.release();
      return isSame;
    });

    expect(await Promise.all(cuts)).toEqual(pieces.map(() => true));
  });

  it('says when a file has less than was asked for', async () => {
    const { fd, pool } = await openFile(Buffer.alloc(100, 'x'));

    expect(await pool.hash({ fd, runs: [{ offset: 50, length: 51 }], leafBytes: 8192 })).toBe('short');
    expect(await pool.cut({ fd, offset: 0, length: 101, leafBytes: 8192 })).toBe('short');
    expect(Buffer.from(await pool.hash({ fd, runs: [{ offset: 0, length: 100 }], leafBytes: 8192 }))).toEqual(
      hashLeaves(Buffer.alloc(100, 'x'), 8192),
    );
  });

  it('goes on after a task that failed, and refuses tasks when it is closed', async () => {
    const { fd, pool } = await openFile(Buffer.alloc(100, 'x'));
    const bad = { fd: 1_000_000, runs: [{ offset: 0, length: 1 }], leafBytes: 8192 };

    const failures = await Promise.allSettled(Array.from({ length: 20 }, () => pool.hash(bad)));

    expect(failures.every((one) => one.status === 'rejected' && String(one.reason).includes('EBADF'))).toBe(
      true,
    );
    const good = { fd, runs: [{ offset: 0, length: 100 }], leafBytes: 8192 };
    await expect(pool.hash(good)).resolves.toHaveLength(32);
    await pool.close();
    await expect(pool.hash(good)).rejects.toThrow('closed');
  });

  it.runIf(availableParallelism() > 1)(
    'has less memory beside another one, as they share the threads',
    async () => {
      const { pool } = await openFile(Buffer.alloc(0));
      const beside = new WorkerPool();
      await beside.close();
      await pool.close();
      const alone = new WorkerPool();
      await alone.close();

      expect(alone.slots).toBe(pool.slots);
      expect(beside.slots).toBeLessThan(alone.slots);
      expect(beside.slots).toBeGreaterThan(Math.min(4, availableParallelism()));
    },
  );

  it('has the memory of one that has ended, unless somebody still reads there', async () => {
    const { fd, pool: first } = await openFile(randomBytes('content', 1000));
    const cutOne = async (pool: WorkerPool) => {
      const cut = await pool.cut({ fd, offset: 0, length: 1000, leafBytes: 8192 });
      if (cut === 'short') throw new Error('short');
      return cut;
    };
    const atFirst = await cutOne(first);
    atFirst.release();
    await first.close();
    const second = new WorkerPool();
    const unread = await cutOne(second);
    await second.close();
    const third = new WorkerPool();
    onTestFinished(() => third.close());
    const atLast = await cutOne(third);

    expect(unread.frame?.stored.buffer).toBe(atFirst.frame?.stored.buffer);
    expect(atLast.frame?.stored.buffer).not.toBe(unread.frame?.stored.buffer);
  });
});

describe('mapInOrder', () => {
  it('yields in order and runs no more at once than allowed', async () => {
    let [running, most] = [0, 0];
    const work = async (item: number) => {
      most = Math.max(most, ++running);
      // Later items end earlier.
      for (let turn = 0; turn < 20 - item; turn++) await Promise.resolve();
      running--;
      return item * 2;
    };

    const results = await Array.fromAsync(
      mapInOrder(
        Array.from({ length: 20 }, (_, index) => index),
        4,
        work,
      ),
    );

    expect(results).toEqual(Array.from({ length: 20 }, (_, index) => index * 2));
    expect(most).toBeLessThanOrEqual(4);
  });

  it('throws a failure in its turn, after the results before it', async () => {
    const seen: number[] = [];
    const consume = async () => {
      const results = mapInOrder([1, 2, 3, 4], 4, async (item) => {
        if (item === 3) throw new Error('third');
        return item;
      });
      for await (const result of results) seen.push(result);
    };

    await expect(consume()).rejects.toThrow('third');
    expect(seen).toEqual([1, 2]);
  });
});

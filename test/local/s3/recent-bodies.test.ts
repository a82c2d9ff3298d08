import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Duplex, duplexPair, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BodyStore } from '../../../local/s3/bodies/body-store.ts';
import { pourChunks } from '../../../local/s3/bodies/pour.ts';
import { type BodySlice, sendSlice } from '../../../local/s3/bodies/send-slice.ts';
import { newDirectory, removeDirectory, startLocal } from './local-server.ts';

// The bodies stored last are answered from memory, which is bounded and nobody's who still reads it.

const MIB = 2 ** 20;

let directory: string;
beforeEach(() => {
  directory = newDirectory();
});
afterEach(() => {
  vi.unstubAllGlobals();
  removeDirectory(directory);
});

/** A store with this much memory, of which each body may take an eighth. */
async function withStore(keptMib: number, use: (store: BodyStore) => Promise<void>): Promise<void> {
  const store = new BodyStore(directory, keptMib * MIB);
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

interface Stored {
  readonly id: string;
  readonly bytes: Buffer;
}

async function put(
  store: BodyStore,
  bytes: Buffer,
  check = (_sha256: string | undefined) => {},
): Promise<Stored> {
  const { bodyId } = await store.write({
    sizeBytes: bytes.length,
    digests: { algorithm: 'CRC32', needsMd5: false, needsSha256: true },
    pour: (take) => pourChunks(Readable.from([bytes]), take),
    check({ sha256 }) {
      check(sha256);
      return {};
    },
  });
  return { id: bodyId, bytes };
}

const putMany = async (store: BodyStore, count: number, sizeBytes: number): Promise<Stored[]> => {
  const stored: Stored[] = [];
  for (let index = 0; index < count; index++) stored.push(await put(store, randomBytes(sizeBytes)));
  return stored;
};

const openAll = (store: BodyStore, { id, bytes }: Stored): BodySlice =>
  store.openSlice(id, bytes.length, { start: 0, end: bytes.length - 1 });

/** What a client receives of a slice. */
async function receive(slice: BodySlice): Promise<Buffer> {
  const server = createServer((_request, response) => void sendSlice(response, slice));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const [response] = await once(get({ port, host: '127.0.0.1', agent: false }), 'response');
    return await buffer(response);
  } finally {
    server.close();
  }
}

/** Where a body is answered from, having compared all of it. */
async function sourceOf(store: BodyStore, stored: Stored): Promise<'memory' | 'file'> {
  const slice = openAll(store, stored);
  expect((await receive(slice)).equals(stored.bytes)).toBe(true);
  return 'held' in slice ? 'memory' : 'file';
}

describe('a body that was just stored', () => {
  const sizeBytes = 3 * MIB + 1234;
  const ranges = [
    [0, sizeBytes - 1],
    [0, 0],
    [MIB - 1, MIB],
    [MIB, MIB],
    [MIB - 5000, 3 * MIB + 1],
    [3 * MIB, sizeBytes - 1],
    [sizeBytes - 1, sizeBytes - 1],
  ] as const;

  it('is answered from memory, and so is every range of it', async () => {
    await withStore(32, async (store) => {
      const { id, bytes } = await put(store, randomBytes(sizeBytes));

      for (const [start, end] of ranges) {
        const slice = store.openSlice(id, sizeBytes, { start, end });
        expect('held' in slice).toBe(true);
        expect((await receive(slice)).equals(bytes.subarray(start, end + 1))).toBe(true);
      }
    });
  });

  it('is on the disk, too', async () => {
    await withStore(32, async (store) => {
      const { id, bytes } = await put(store, randomBytes(sizeBytes));

      expect(readFileSync(join(directory, 'bodies', id)).equals(bytes)).toBe(true);
    });
  });

  it('is answered from its file when it takes more than an eighth of the memory, or there is none', async () => {
    await withStore(24, async (store) => {
      const [large, fitting] = [
        await put(store, randomBytes(3 * MIB + 1)),
        await put(store, randomBytes(3 * MIB)),
      ];
      expect(await sourceOf(store, large)).toBe('file');
      expect(await sourceOf(store, fitting)).toBe('memory');
    });
    await withStore(0, async (store) => {
      expect(await sourceOf(store, await put(store, randomBytes(2 * MIB)))).toBe('file');
    });
  });

  it('is gone when it was removed', async () => {
    await withStore(32, async (store) => {
      const stored = await put(store, randomBytes(sizeBytes));

      await store.remove([stored.id]);

      expect(() => openAll(store, stored)).toThrow('ENOENT');
    });
  });
});

describe('the memory', () => {
  it('has the newest bodies, and never more than was given', async () => {
    let made = 0;
    const counted = class extends SharedArrayBuffer {
      constructor(...sizes: [number]) {
        super(...sizes);
        if (this.byteLength === MIB) made += 1;
      }
    };
    vi.stubGlobal('SharedArrayBuffer', counted);
    await withStore(16, async (store) => {
      const stored = await putMany(store, 12, 2 * MIB);

      const sources: string[] = [];
      for (const body of stored) sources.push(await sourceOf(store, body));

      expect(sources).toEqual([...Array(4).fill('file'), ...Array(8).fill('memory')]);
      expect(made).toBe(16);
    });
  });

  it('keeps its bound when bodies come at once', async () => {
    await withStore(16, async (store) => {
      const stored = await Promise.all(Array.from({ length: 12 }, () => put(store, randomBytes(2 * MIB))));

      const sources = await Promise.all(stored.map((body) => sourceOf(store, body)));

      expect(sources.filter((source) => source === 'memory')).toHaveLength(8);
    });
  });

  it('is not given to others while somebody reads it: not for newer bodies, and not when the body is removed', async () => {
    await withStore(16, async (store) => {
      const [read, removed] = (await putMany(store, 2, 2 * MIB)) as [Stored, Stored];
      const slices = [read, removed].map((body) => openAll(store, body)) as [BodySlice, BodySlice];
      await store.remove([removed.id]);

      const newer = await putMany(store, 9, 2 * MIB);

      expect(slices.every((slice) => 'held' in slice)).toBe(true);
      expect((await receive(slices[0])).equals(read.bytes)).toBe(true);
      expect((await receive(slices[1])).equals(removed.bytes)).toBe(true);
      for (const body of newer.slice(-6)) expect(await sourceOf(store, body)).toBe('memory');
    });
  });

  it('takes nothing new while all of it is read, and goes on when the readers are gone', async () => {
    await withStore(16, async (store) => {
      const stored = await putMany(store, 8, 2 * MIB);
      const connections = await Promise.all(stored.map((body) => beginReading(openAll(store, body))));
      const meanwhile = await put(store, randomBytes(2 * MIB));
      expect(await sourceOf(store, meanwhile)).toBe('file');

      for (const connection of connections) {
        connection.destroy();
        await once(connection, 'close');
      }

      const next = await putMany(store, 8, 2 * MIB);
      for (const body of next) expect(await sourceOf(store, body)).toBe('memory');
    });
  });

  it('of a removed body goes to the next one, and no older one has to go for it', async () => {
    await withStore(16, async (store) => {
      const stored = await putMany(store, 8, 2 * MIB);
      await store.remove(stored.slice(4).map(({ id }) => id));

      const newer = await putMany(store, 4, 2 * MIB);

      for (const body of [...stored.slice(0, 4), ...newer])
        expect(await sourceOf(store, body)).toBe('memory');
    });
  });

  it('is free again after bodies that ended early, or were not what was declared', async () => {
    await withStore(16, async (store) => {
      for (let index = 0; index < 12; index++) {
        const refuse = () => {
          throw new Error('BadDigest');
        };
        await expect(put(store, randomBytes(2 * MIB), refuse)).rejects.toThrow('BadDigest');
        const early = store.write({
          sizeBytes: 2 * MIB,
          digests: { algorithm: 'CRC32', needsMd5: false, needsSha256: false },
          async pour(take) {
            await take(randomBytes(MIB + 5));
            throw new Error('The client went away');
          },
          check: () => ({}),
        });
        await expect(early).rejects.toThrow('The client went away');
      }

      for (const body of await putMany(store, 8, 2 * MIB)) expect(await sourceOf(store, body)).toBe('memory');
    });
  });

  /** A reader that takes the head of the answer at most; the server's end of the connection. */
  async function beginReading(slice: BodySlice): Promise<Duplex> {
    const [clientEnd, serverEnd] = duplexPair();
    const begun = Promise.withResolvers<void>();
    const server = createServer((_request, response) => {
      sendSlice(response, slice).catch(() => response.destroy());
      begun.resolve();
    });
    server.emit('connection', serverEnd);
    clientEnd.write('GET / HTTP/1.1\r\nHost: local\r\n\r\n');
    await begun.promise;
    return serverEnd;
  }
});

it('refuses a memory that is no number of bytes', async () => {
  for (const keptBytes of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    await expect(startLocal({ directory, keptBytes })).rejects.toThrow('keptBytes');
  }
});

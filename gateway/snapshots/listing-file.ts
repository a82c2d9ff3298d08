import { type FileHandle, open } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import * as z from 'zod';
import { replaceFile } from '../durable-file.ts';
import type { ListedEntry, Listing } from '../mover/upload/list-tree.ts';

const bytes = z.instanceof(Buffer);

const listing = z.array(
  z.strictObject({
    path: bytes,
    type: z.enum(['directory', 'file', 'symlink', 'socket', 'pipe', 'block device', 'character device']),
    mode: z.number(),
    uid: z.number(),
    gid: z.number(),
    sizeBytes: z.number(),
    allocatedBytes: z.number(),
    mtimeNs: z.bigint(),
    ctimeNs: z.bigint(),
    device: z.bigint(),
    inode: z.bigint(),
    links: z.number(),
    target: bytes.exactOptional(),
    origin: z.strictObject({ ctimeNs: z.bigint(), inode: z.bigint() }).exactOptional(),
  }),
);

/** Batches of entries, each behind its length; one of no entries is the last. */
const magic = Buffer.from('holdfast listing 2\n');
const batchEntries = 1000;

/** Keeps a listing; it is on disk when this resolves. */
export const writeListing = (file: string, entries: Listing): Promise<void> =>
  replaceFile(file, encode(entries), 0o600);

async function* encode(entries: Listing): AsyncGenerator<Buffer> {
  yield magic;
  let batch: ListedEntry[] = [];
  for await (const entry of entries) {
    if (batch.push(entry) < batchEntries) continue;
    yield withLength(serialize(batch));
    batch = [];
  }
  if (batch.length > 0) yield withLength(serialize(batch));
  yield withLength(serialize([]));
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A kept listing, read from its file as often as it is gone through; then it throws when it is not as it was written. */
export const readListing = (file: string): AsyncIterable<ListedEntry> => ({
  [Symbol.asyncIterator]: () => decode(file),
});

async function* decode(file: string): AsyncGenerator<ListedEntry> {
  const handle = await open(file);
  try {
    const head = await read(handle, 0, magic.length);
    // As the version before wrote it: all entries at once.
    if (!head.equals(magic)) return yield* listing.parse(deserialize(await handle.readFile()));
    for (let at = magic.length; ; ) {
      const length = (await read(handle, at, 4)).readUInt32BE();
      const batch = listing.parse(deserialize(await read(handle, at + 4, length)));
      if (batch.length === 0) return;
      yield* batch;
      at += 4 + length;
    }
  } finally {
    await handle.close();
  }
}

async function read(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}

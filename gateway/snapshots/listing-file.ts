import { readFile } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import { z } from 'zod';
import { replaceFile } from '../durable-file.ts';
import type { ListedEntry } from '../mover/list-tree.ts';

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

/** Keeps a listing; it is on disk when this resolves. */
export const writeListing = (file: string, entries: readonly ListedEntry[]): Promise<void> =>
  replaceFile(file, serialize(entries), 0o600);

/** Reads a listing back; throws when it is not as it was written. */
export const readListing = async (file: string): Promise<ListedEntry[]> =>
  listing.parse(deserialize(await readFile(file)));

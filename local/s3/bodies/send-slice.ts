import { close, read } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { BATCH_BYTES } from './batches.ts';
import { alignDown, alignUp, pageAligned } from './direct-io.ts';
import { Reader } from './reader.ts';
import type { HeldBody } from './recent-bodies.ts';

/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Bytes of a stored body. Who sends them lets go of where they are: a file, which may ask for aligned reads, or memory. */
export type BodySlice = ByteRange & ({ readonly fd: number } | { readonly held: HeldBody });

/** Few turns per body, and small enough to stay in a processor's cache on the way. */
const PIECE_BYTES = 512 * 1024;
/** Enough for eight readers at once; more of them make and drop their own. */
const MAX_SPARE = 16;

/** Fresh memory for each piece would cost more than reading and sending it: its pages, and V8 that collects it. */
const spare: Buffer<SharedArrayBuffer>[] = [];

const readInto = promisify(read);
const closeFile = promisify(close);

/** Sends the body of an answer whose head was written. Throws when the reader goes away before the end. */
export async function sendSlice(response: ServerResponse, slice: BodySlice): Promise<void> {
  const reader = new Reader(response);
  try {
    if ('fd' in slice) await sendFile(reader, slice.fd, slice);
    else await sendHeld(reader, slice.held, slice);
    response.end();
  } finally {
    reader.leave();
    if ('fd' in slice) await closeFile(slice.fd);
    else reader.whenIdle(slice.held.leave);
  }
}

/** While one piece goes out the next is read, so that a reader holds two of them, however slow it is. */
async function sendFile(reader: Reader, fd: number, { start, end }: ByteRange): Promise<void> {
  let sent = Promise.resolve();
  for (let next = start; next <= end; ) {
    const piece = spare.pop() ?? Buffer.from(pageAligned(PIECE_BYTES), 0, PIECE_BYTES);
    const from = alignDown(next);
    const wantedBytes = Math.min(PIECE_BYTES, alignUp(end + 1) - from);
    const { bytesRead } = await readInto(fd, piece, 0, wantedBytes, from);
    const until = Math.min(from + bytesRead, end + 1);
    if (until <= next) throw new Error('A stored body is shorter than its metadata says');
    await sent;
    sent = reader.write(piece.subarray(next - from, until - from), () => {
      if (spare.length < MAX_SPARE) spare.push(piece);
    });
    next = until;
  }
  await sent;
}

/** As they lie there: what is held stays as it is. */
async function sendHeld(reader: Reader, { batches }: HeldBody, { start, end }: ByteRange): Promise<void> {
  let sent = Promise.resolve();
  for (let next = start; next <= end; ) {
    const from = next % BATCH_BYTES;
    const sizeBytes = Math.min(BATCH_BYTES - from, end + 1 - next);
    const batch = batches[Math.floor(next / BATCH_BYTES)];
    if (batch === undefined) throw new Error('A kept body is shorter than its metadata says');
    const part = new Uint8Array(batch, from, sizeBytes);
    await sent;
    sent = reader.write(part);
    next += sizeBytes;
  }
  await sent;
}

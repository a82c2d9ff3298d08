import { read } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { constants, createGunzip } from 'node:zlib';
import { createRmanLogParser } from '../../shared/domain/rman/log-parser.ts';
import type { ParsedRmanLog } from '../../shared/domain/rman/result/facts.ts';
import { createLogDecoder } from '../../shared/domain/rman/text/decode.ts';

const STANDARD_INPUT = '-';
const CHUNK_BYTES = 32 * 1024;

/** Reads a log of any length, once. Throws, with the file's name, what keeps it from being read. */
export const readLog = async (file: string): Promise<ParsedRmanLog> => {
  // What a line leaves is garbage at once: a young generation that grows only lets 25 MB of it lie.
  setFlagsFromString('--semi-space-growth-factor=1');
  try {
    return await parse(file === STANDARD_INPUT ? chunksOfInput() : chunksOf(file), file);
  } catch (error) {
    throw new Error(`${file} cannot be read: ${reasonOf(error)}`);
  }
};

const parse = async (bytes: AsyncIterable<Buffer>, source: string): Promise<ParsedRmanLog> => {
  const decoder = createLogDecoder();
  const parser = createRmanLogParser(source);
  for await (const chunk of unpacked(bytes)) parser.push(decoder.push(chunk));
  parser.push(decoder.end());
  return parser.end(decoder.encoding);
};

/** The bytes of a file, all in the same buffer: a long log does not fill the memory with what was read before. */
async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  const handle = await open(file);
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

const readInput = promisify(read);
const INPUT = 0;
const RETRY_MS = 5;

/** As of a file: `process.stdin` has a new buffer for each chunk, and these pile up faster than they are collected. */
async function* chunksOfInput(): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    const bytesRead = await readInput(INPUT, buffer, 0, CHUNK_BYTES, null).then(
      (result) => result.bytesRead,
      (error: NodeJS.ErrnoException) => {
        // Whoever writes has made the pipe one that does not wait.
        if (error.code === 'EAGAIN') return undefined;
        // So a pipe ends on Windows.
        if (error.code === 'EOF') return 0;
        throw error;
      },
    );
    if (bytesRead === 0) return;
    if (bytesRead === undefined) await setTimeout(RETRY_MS);
    else yield buffer.subarray(0, bytesRead);
  }
}

/** The bytes themselves, or what gzip made of them: by their first two. */
async function* unpacked(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = bytes[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  while (start.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  if (start[0] === 0x1f && start[1] === 0x8b) {
    yield* gunzipped(start, chunks);
    return;
  }
  yield start;
  yield* rest(chunks);
}

async function* rest(chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}

/** A file that was cut gives what it has: the log then ends inside a command, and its status says so. */
async function* gunzipped(start: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  const copies = async function* (): AsyncGenerator<Buffer> {
    yield start;
    // zlib reads on while the next chunk comes into the same buffer.
    for await (const chunk of rest(chunks)) yield Buffer.from(chunk);
  };
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  const source = Readable.from(copies());
  source.once('error', (error) => gunzip.destroy(error));
  yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder; give the log itself',
  EACCES: 'permission denied; read it as a user who may',
  Z_DATA_ERROR: 'its gzip data is damaged',
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return REASONS[code] ?? error.message;
};

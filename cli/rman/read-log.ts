import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { createLogDecoder } from '../../shared/domain/rman/decode.ts';
import type { ParsedRmanLog } from '../../shared/domain/rman/facts.ts';
import { createRmanLogParser } from '../../shared/domain/rman/log-parser.ts';

const STANDARD_INPUT = '-';

/** Reads a log of any length, once. Throws, with the file's name, what keeps it from being read. */
export const readLog = async (file: string): Promise<ParsedRmanLog> => {
  try {
    return await parse(file === STANDARD_INPUT ? process.stdin : createReadStream(file), file);
  } catch (error) {
    throw new Error(`${file} cannot be read: ${reasonOf(error)}`);
  }
};

const parse = async (bytes: Readable, source: string): Promise<ParsedRmanLog> => {
  const decoder = createLogDecoder();
  const parser = createRmanLogParser(source);
  for await (const chunk of unpacked(bytes)) parser.push(decoder.push(chunk));
  parser.push(decoder.end());
  return parser.end(decoder.encoding);
};

/** The bytes themselves, or what gzip made of them: by their first two. */
async function* unpacked(bytes: Readable): AsyncGenerator<Buffer> {
  const chunks = bytes[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let start: Buffer = Buffer.alloc(0);
  while (start.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  const rest = followedBy(start, chunks);
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    yield* rest;
    return;
  }
  // A file that was cut gives what it has: the log then ends inside a command, and its status says so.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  const { Readable: Source } = await import('node:stream');
  const source = Source.from(rest);
  source.once('error', (error) => gunzip.destroy(error));
  yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
}

async function* followedBy(start: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield start;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder; give the log itself',
  EACCES: 'permission denied; read it as a user who may',
  Z_DATA_ERROR: 'its gzip data is damaged',
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return REASONS[code] ?? error.message;
};

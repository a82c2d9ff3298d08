import { createHash } from 'node:crypto';
import { createRmanLogParser } from '../rman/log-parser.ts';
import type { ParsedRmanLog } from '../rman/result/facts.ts';
import { BinaryLogError, createLogDecoder } from '../rman/text/decode.ts';

/** Gateways send logs up to this size; what is longer is no log of an RMAN run. */
export const maxLogBytes = 256 * 2 ** 20;

/** What became of one log. Fixed for ever when it is first read, so that every map made of it agrees. */
export type LogParse = {
  readonly version: 1;
  /** Of the stored log that was read. */
  readonly sha256: string;
} & (
  | { readonly outcome: 'parsed'; readonly log: ParsedRmanLog }
  | { readonly outcome: 'unreadable'; readonly reason: string }
);

/** What the manifest says of a log's bytes. */
export interface LogBytes {
  readonly sha256: string;
  readonly rawBytes: number;
  readonly fileName: string;
}

/**
 * Reads a log's raw bytes, once and in little memory. A log that is broken, too long or no text at all gives a parse that says so;
 * only what `chunks` itself throws, unless it is a `LogBytesError`, is thrown on: to read again may help then.
 */
export async function readLog(
  chunks: AsyncIterable<Uint8Array>,
  { sha256, rawBytes, fileName }: LogBytes,
): Promise<LogParse> {
  const unreadable = (reason: string): LogParse => ({ version: 1, sha256, outcome: 'unreadable', reason });
  if (rawBytes > maxLogBytes) return unreadable(`it has ${rawBytes} bytes; a log has at most ${maxLogBytes}`);
  const decoder = createLogDecoder();
  const parser = createRmanLogParser(fileName);
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > rawBytes) return unreadable(`it is longer than the ${rawBytes} bytes of its row`);
      parser.push(decoder.push(chunk));
    }
    parser.push(decoder.end());
  } catch (error) {
    if (error instanceof BinaryLogError || error instanceof LogBytesError) return unreadable(error.message);
    throw error;
  }
  if (bytes < rawBytes) return unreadable(`it has ${bytes} bytes instead of the ${rawBytes} of its row`);
  return { version: 1, sha256, outcome: 'parsed', log: parser.end(decoder.encoding) };
}

/** The stored bytes of a log are not what its row says: reading them again gives the same. */
export class LogBytesError extends Error {}

/** Hashes stored bytes on their way; throws LogBytesError at the end when they are others than named. */
export async function* verifyStored(
  chunks: AsyncIterable<Uint8Array>,
  { sha256, storedBytes }: { readonly sha256: string; readonly storedBytes: number },
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes !== storedBytes || hash.digest('hex') !== sha256) {
    throw new LogBytesError('its bytes are not those that its hash names');
  }
}

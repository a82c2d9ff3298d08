import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { onBoundedLines } from './bounded-lines.ts';
import { RequestFailure } from './request-failure.ts';

/** For what the hook has written and we have not read when it ends. */
const drainMillis = 2_000;
/** Lines kept for the reason of a failure, and characters of each. */
const keptLines = 40;
const keptChars = 500;

/** What a hook writes, up to a limit: a hook that writes without end must not fill the disk. */
export class HookLog {
  /** The last lines of all outputs, as they came. */
  readonly lastLines: string[] = [];
  readonly #stream: ReturnType<typeof createWriteStream>;
  readonly #outputs: Readable[] = [];
  readonly #reading: Promise<void>[] = [];
  #left: number;
  #isCut = false;

  /** @param onLost called when the file cannot be written, such as on a full disk; `close` then rejects */
  constructor(file: string, maxBytes: number, onLost: () => void) {
    this.#stream = createWriteStream(file, { flags: 'w', mode: 0o600 });
    this.#stream.once('error', onLost);
    // Room for the note that it is cut off.
    this.#left = maxBytes - 200;
  }

  take(output: Readable): void {
    output.on('data', (chunk: Buffer) => this.#write(chunk));
    onBoundedLines(output, keptChars, (line) => {
      this.lastLines.push(line);
      if (this.lastLines.length > keptLines) this.lastLines.shift();
    });
    this.#outputs.push(output);
    this.#reading.push(finished(output, { writable: false }).catch(() => {}));
  }

  async close(): Promise<void> {
    // Who has left the group may hold the pipes open for as long as it lives.
    await Promise.race([Promise.all(this.#reading), pause(drainMillis, undefined, { ref: false })]);
    for (const output of this.#outputs) output.destroy();
    this.#stream.end();
    await finished(this.#stream).catch((error: Error) => {
      throw new RequestFailure('HOOK_LOG_LOST', `what the command wrote cannot be kept: ${error.message}`);
    });
  }

  #write(chunk: Buffer): void {
    if (this.#isCut) return;
    this.#stream.write(chunk.subarray(0, Math.max(0, this.#left)));
    this.#left -= chunk.length;
    if (this.#left >= 0) return;
    this.#isCut = true;
    this.#stream.write('\n[the gateway cut the log off here: it is larger than maxLogBytes]\n');
  }
}

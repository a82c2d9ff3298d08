import { createZstdDecompress, zstdCompressSync } from 'node:zlib';
import { comparePaths } from '../../../shared/domain/vault/entry-path.ts';
import type { ListedEntry } from '../upload/list-tree.ts';

/**
 * A write that came after the listing must show in the file's ctime. Clocks of file systems stand still for up to 10 ms
 * (a second, or two, on old ones), so what had changed just before the freeze is read again the next time.
 */
const settledMillis = 2000;
const pieceLines = 10_000;

/** Collects what identifies the content of the files of a listing without reading them. */
export class StatCollector {
  readonly #settledBeforeNs: bigint;
  readonly #pieces: Buffer[] = [];
  #lines: string[] = [];

  /** `requestedAt`: a moment before the files were listed. */
  constructor(requestedAt: Date) {
    this.#settledBeforeNs = BigInt(requestedAt.getTime() - settledMillis) * 1_000_000n;
  }

  /** In the order of the listing. */
  add(listed: ListedEntry): void {
    if (identityOf(listed).ctimeNs > this.#settledBeforeNs) return;
    this.#lines.push(`${listed.path.toString('base64')} ${statOf(listed)}\n`);
    if (this.#lines.length >= pieceLines) this.#compress();
  }

  result(): Buffer {
    this.#compress();
    return Buffer.concat(this.#pieces);
  }

  #compress(): void {
    if (this.#lines.length === 0) return;
    const piece = zstdCompressSync(Buffer.from(this.#lines.join('')));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(piece.length);
    this.#pieces.push(length, piece);
    this.#lines = [];
  }
}

/**
 * Size, times and inode. The device is left out: each snapshot of ZFS has its own. The ctime cannot be set, so that a
 * changed file with these same values needs a clock that was set back to the very tick.
 */
export function statOf(listed: ListedEntry): string {
  const { ctimeNs, inode } = identityOf(listed);
  return `${listed.sizeBytes} ${listed.mtimeNs} ${ctimeNs} ${inode}`;
}

/** A copy that was made for this snapshot is a new file: what it was copied from is not. */
const identityOf = (listed: ListedEntry) => listed.origin ?? listed;

/** Finds what StatCollector collected, for paths in ascending order. */
export class StatReader {
  readonly #lines: AsyncGenerator<string>;
  #current: { readonly path: Buffer; readonly stat: string } | undefined;
  #isStarted = false;

  constructor(body: Buffer) {
    this.#lines = linesOf(body);
  }

  async find(path: Buffer): Promise<string | undefined> {
    if (!this.#isStarted) await this.#advance();
    while (this.#current && comparePaths(this.#current.path, path) < 0) await this.#advance();
    return this.#current?.path.equals(path) ? this.#current.stat : undefined;
  }

  async #advance(): Promise<void> {
    this.#isStarted = true;
    const { value } = await this.#lines.next();
    const separator = value?.indexOf(' ') ?? 0;
    this.#current = value && {
      path: Buffer.from(value.slice(0, separator), 'base64'),
      stat: value.slice(separator + 1),
    };
  }
}

async function* linesOf(body: Buffer): AsyncGenerator<string> {
  for (let at = 0; at < body.length; ) {
    const length = body.readUInt32BE(at);
    const stream = createZstdDecompress();
    stream.end(body.subarray(at + 4, at + 4 + length));
    const chunks = await Array.fromAsync(stream as AsyncIterable<Buffer>);
    yield* Buffer.concat(chunks).toString().trimEnd().split('\n');
    at += 4 + length;
  }
}

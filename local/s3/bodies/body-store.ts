import { randomUUID } from 'node:crypto';
import { closeSync, constants, fsyncSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BATCH_BYTES, Batches } from './batches.ts';
import { type BodySink, SmallBody, type TakeChunk } from './body-sink.ts';
import { BodyThread } from './body-thread.ts';
import type { DigestRequest, Digests } from './digests.ts';
import { allowsDirectIo, DIRECT } from './direct-io.ts';
import { RecentBodies, type Room } from './recent-bodies.ts';
import type { BodySlice, ByteRange } from './send-slice.ts';

/** From here on, the handing over to another thread costs less than the hashing. */
const LARGE_BYTES = 1 << 20;
/** Batches for bodies that are not kept: enough for four at once. */
const MAX_SPARE = 16;

/** A body on its way into the store. */
export interface IncomingBody<Facts> {
  readonly sizeBytes: number;
  readonly digests: DigestRequest;
  /** Hands over every chunk. Throws when there are not exactly as many bytes as that. */
  pour(take: TakeChunk): Promise<void>;
  /** What is to be known about the body. Throws when it is not what was declared. */
  check(digests: Digests): Facts;
}

/** Bodies as files, named by random ids: nothing that a client sends becomes a part of a path. */
export class BodyStore {
  readonly #bodies: string;
  readonly #unfinished: string;
  readonly #recent: RecentBodies;
  readonly #thread: BodyThread;
  /** How the files of large bodies are opened, beside what they are opened for. */
  readonly #largeFlags: number;

  /** `keptBytes`: the memory for the bodies stored last. */
  constructor(directory: string, keptBytes: number) {
    const maxKept = Math.floor(keptBytes / BATCH_BYTES);
    const memory = new Batches(MAX_SPARE + maxKept);
    this.#recent = new RecentBodies(memory, maxKept);
    this.#thread = new BodyThread(memory);
    this.#bodies = join(directory, 'bodies');
    this.#unfinished = join(directory, 'unfinished');
    mkdirSync(this.#unfinished, { recursive: true });
    mkdirSync(this.#bodies, { recursive: true });
    syncDirectory(directory);
    this.#largeFlags = allowsDirectIo(this.#unfinished) ? DIRECT : 0;
  }

  /**
   * Stores a body under a new id. File and name are on the disk when this resolves; when the body is not what was
   * declared, or ends early, nothing is left.
   */
  async write<Facts>(body: IncomingBody<Facts>): Promise<Facts & { readonly bodyId: string }> {
    const bodyId = randomUUID();
    const room = isLarge(body) ? this.#recent.makeRoom(body.sizeBytes) : undefined;
    try {
      return { ...(await this.#writeFile(bodyId, body, room)), bodyId };
    } catch (cause) {
      room?.leave();
      throw cause;
    }
  }

  /** Opens at once, so that no delete comes between a look-up and the read; the caller closes. */
  open(id: string): number {
    return openSync(this.#path(id), 'r');
  }

  /** As open, for answers: some bytes of a body of this size, first and last included. */
  openSlice(id: string, sizeBytes: number, { start, end }: ByteRange): BodySlice {
    const held = this.#recent.read(id, this.#path(id));
    if (held !== undefined) return { held, start, end };
    const flags = isLarge({ sizeBytes }) ? this.#largeFlags : 0;
    return { fd: openSync(this.#path(id), constants.O_RDONLY | flags), start, end };
  }

  /** Readers that have a body open keep reading it. */
  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.#recent.forget(id);
    await Promise.all(ids.map((id) => rm(this.#path(id), { force: true })));
  }

  /** Clears what a crash left: unfinished bodies, and bodies whose metadata was not or is no longer stored. */
  removeLeftovers(isKnown: (id: string) => boolean): void {
    for (const name of readdirSync(this.#unfinished)) rmSync(join(this.#unfinished, name), { force: true });
    for (const id of readdirSync(this.#bodies)) if (!isKnown(id)) rmSync(this.#path(id), { force: true });
  }

  /** When nothing is written any more. */
  async close(): Promise<void> {
    await this.#thread.close();
  }

  async #writeFile<Facts>(bodyId: string, body: IncomingBody<Facts>, room: Room | undefined): Promise<Facts> {
    const unfinished = join(this.#unfinished, bodyId);
    const sink = this.#openSink(unfinished, body, room);
    try {
      await body.pour(sink.take);
      const facts = body.check(await sink.finish());
      await rename(unfinished, this.#path(bodyId));
      const folder = await open(this.#bodies, 'r');
      await folder.sync().finally(() => folder.close());
      room?.keep(bodyId, this.#path(bodyId));
      return facts;
    } catch (cause) {
      await sink.abandon();
      await Promise.all([rm(unfinished, { force: true }), this.remove([bodyId])]);
      throw cause;
    }
  }

  #openSink(path: string, body: IncomingBody<unknown>, room: Room | undefined): BodySink {
    if (isLarge(body)) return this.#thread.open(path, this.#largeFlags, body.digests, room);
    return new SmallBody(path, body.sizeBytes, body.digests);
  }

  #path(id: string): string {
    return join(this.#bodies, id);
  }
}

const isLarge = ({ sizeBytes }: { readonly sizeBytes: number }): boolean => sizeBytes > LARGE_BYTES;

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

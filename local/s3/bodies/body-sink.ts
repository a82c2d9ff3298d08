import { open } from 'node:fs/promises';
import { BodyDigester, type DigestRequest, type Digests } from './digests.ts';

/** Takes a chunk, and is done with it when it returns or its promise resolves; the next one may come then. */
export type TakeChunk = (chunk: Uint8Array) => Promise<void> | undefined;

/** Hashes and stores one body. */
export interface BodySink {
  readonly take: TakeChunk;
  /** The file is closed and on the disk when this resolves. */
  finish(): Promise<Digests>;
  /** When the body ended early. Nobody writes to the file any more when this resolves. */
  abandon(): Promise<void>;
}

/** A body that is held in memory until it is complete: for what is small. */
export class SmallBody implements BodySink {
  readonly #path: string;
  readonly #bytes: Buffer;
  readonly #digester: BodyDigester;
  #filledBytes = 0;

  constructor(path: string, sizeBytes: number, request: DigestRequest) {
    this.#path = path;
    this.#bytes = Buffer.allocUnsafe(sizeBytes);
    this.#digester = new BodyDigester(request);
  }

  readonly take = (chunk: Uint8Array): undefined => {
    this.#digester.update(chunk);
    this.#bytes.set(chunk, this.#filledBytes);
    this.#filledBytes += chunk.length;
  };

  async finish(): Promise<Digests> {
    const file = await open(this.#path, 'wx');
    try {
      await file.writeFile(this.#bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return this.#digester.digests();
  }

  async abandon(): Promise<void> {}
}

import { segmentBytes } from '../../../shared/domain/vault/digest.ts';
import { decodePieces, type ListedPiece } from '../baseline/content-list.ts';
import { BlockCuts } from './block-cuts.ts';

/** What a thread found in a window: that it consists of blocks, or the list of the pieces that begin in it. */
export type WindowContent = 'blocks' | Uint8Array;

interface ReadWindow {
  readonly offset: number;
  readonly length: number;
  readonly leafDigests: Uint8Array;
  readonly content: WindowContent;
}

/** Puts together the pieces of content of a file, window by window. */
export class SegmentPieces {
  readonly #leafBytes: number;
  #blocks: BlockCuts | undefined;

  constructor(leafBytes: number) {
    this.#leafBytes = leafBytes;
  }

  /** The pieces that begin in the window, or, of blocks, that end in it; of one segment all told in ascending order. */
  add({ offset, length, leafDigests, content }: ReadWindow): ListedPiece[] {
    const at = offset % segmentBytes;
    if (content !== 'blocks') {
      this.#blocks = undefined;
      return [...decodePieces(Buffer.from(content.buffer, content.byteOffset, content.byteLength))];
    }
    if (!this.#blocks || at === 0) this.#blocks = new BlockCuts(this.#leafBytes, at);
    return this.#blocks.add(length, leafDigests);
  }
}

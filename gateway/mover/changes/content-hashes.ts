import {
  type ContentHash,
  type FrameHashes,
  keyedHash,
  plainHash,
} from '../../../shared/domain/vault/digest.ts';
import type { ContentKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';

/** How content is identified: plainly, or under the keys of an encrypted mount. */
export interface ContentHashes extends FrameHashes {
  /** Of pieces of content. */
  readonly piece: ContentHash;
}

export const plainHashes: ContentHashes = { leaf: plainHash, frame: plainHash, piece: plainHash };

export const hashesUnder = (keys: ContentKeys | undefined): ContentHashes =>
  keys
    ? { leaf: keyedHash(keys.leaf), frame: keyedHash(keys.frame), piece: keyedHash(keys.cut) }
    : plainHashes;

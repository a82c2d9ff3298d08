import { type ContentHash, hashBytes, hashLeaves } from '../../../shared/domain/vault/digest.ts';
import type { KnownWindow } from '../baseline/kept-segment.ts';
import { hasSameAt } from './same-at.ts';
import { stripBytes, stripTagBytes, type TagStrip } from './strip-tags.ts';

export interface WindowDigests {
  /** See hashLeaves. */
  readonly leafDigests: Buffer;
  /** Of its strips; empty where nothing is kept of the file. */
  readonly stripTags: Uint8Array;
}

/** How a window is hashed. */
export interface Hashing {
  readonly leafBytes: number;
  readonly hashLeaf: ContentHash;
  /** Given when what is found is kept for the next snapshot. */
  readonly tagStrip?: TagStrip | undefined;
}

/** The digests of a window's leaves. What has the tag that the parent's strip had is that strip, and is not hashed again. */
export function digestWindow(
  window: Buffer,
  { leafBytes, hashLeaf, tagStrip }: Hashing,
  known?: KnownWindow,
): WindowDigests {
  const stripTags = tagStrip ? tagsOf(window, tagStrip) : new Uint8Array();
  const strips = known ? knownStrips(stripTags, known) : [];
  if (!known || !strips.includes(true))
    return { leafDigests: hashLeaves(window, leafBytes, hashLeaf), stripTags };
  const leafDigests = Buffer.alloc(Math.ceil(window.length / leafBytes) * hashBytes);
  const digestsOfStrip = (stripBytes / leafBytes) * hashBytes;
  strips.forEach((isKnown, index) => {
    const to = index * digestsOfStrip;
    const end = Math.min(to + digestsOfStrip, leafDigests.length);
    const strip = window.subarray(index * stripBytes, (index + 1) * stripBytes);
    const isTaken = isKnown && end <= known.leafDigests.length;
    leafDigests.set(
      isTaken ? known.leafDigests.subarray(to, end) : hashLeaves(strip, leafBytes, hashLeaf),
      to,
    );
  });
  return { leafDigests, stripTags };
}

function tagsOf(window: Buffer, tagStrip: TagStrip): Buffer {
  const tags = Buffer.alloc(Math.ceil(window.length / stripBytes) * stripTagBytes);
  for (let at = 0, to = 0; at < window.length; at += stripBytes, to += stripTagBytes)
    tags.set(tagStrip(window.subarray(at, at + stripBytes)), to);
  return tags;
}

/** Strip by strip, whether the parent had it. */
function knownStrips(tags: Uint8Array, known: KnownWindow): boolean[] {
  return Array.from({ length: tags.length / stripTagBytes }, (_, index) =>
    hasSameAt(tags, known.stripTags, index * stripTagBytes, stripTagBytes),
  );
}

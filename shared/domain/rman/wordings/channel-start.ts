import { keepText } from '../text/kept-text.ts';
import { KnownText } from '../text/known-text.ts';
import { type Codes, endOfToken } from '../text/text-codes.ts';

/** Names kept at hand: a run has a few channels, and each has a line in ten. */
const MOST_NAMES = 32;
/** Longer than anybody's. */
const LONGEST_NAME = 64;

/** A channel's name, and how its lines begin. */
export interface ChannelStart {
  readonly channel: string;
  readonly length: number;
  /** Of one that is kept at hand. */
  readonly text: KnownText | undefined;
}

interface KnownStart extends ChannelStart {
  readonly text: KnownText;
}

export type ReadChannelStart = (codes: Codes, from: number, end: number) => ChannelStart | undefined;

/** How the lines of channels begin in a language, which may be in several ways. */
export const createChannelStart = (wordings: readonly string[]): ReadChannelStart => {
  const starts = wordings.map(createStart);
  return (codes, from, end) => {
    for (let index = 0; index < starts.length; index += 1) {
      const start = starts[index]?.(codes, from, end);
      if (start) return start;
    }
    return undefined;
  };
};

/** `channel {channel}: `: this is the start of half the lines. */
const createStart = (wording: string): ReadChannelStart => {
  const [before = '', after = ''] = wording.split('{channel}');
  const first = before.charCodeAt(0);
  const known: KnownStart[] = [];
  /** The channel that had the word last mostly has it again. */
  let last: KnownStart | undefined;
  const findKnown = (codes: Codes, from: number, end: number): ChannelStart | undefined => {
    if (last?.text.standsIn(codes, from, end)) return last;
    for (let index = 0; index < known.length; index += 1) {
      const each = known[index] as KnownStart;
      // Names of channels differ in their last character.
      const place = each.text.length - after.length - 1;
      if (codes[from + place] !== each.text.codeAt(place) || !each.text.standsIn(codes, from, end)) continue;
      last = each;
      return each;
    }
    return undefined;
  };
  const readNew = (codes: Codes, from: number): ChannelStart | undefined => {
    if (!codes.text.startsWith(before, from)) return undefined;
    const at = from + before.length;
    const channel = keepText(codes.part(at, endOfToken(codes, at)));
    if (channel === '' || !codes.text.startsWith(after, at + channel.length)) return undefined;
    const text = before + channel + after;
    if (known.length === MOST_NAMES || channel.length > LONGEST_NAME)
      return { channel, length: text.length, text: undefined };
    const start = { channel, length: text.length, text: new KnownText(text) };
    known.push(start);
    return start;
  };
  return (codes, from, end) => {
    if (codes[from] !== first) return undefined;
    const start = findKnown(codes, from, end) ?? readNew(codes, from);
    return start && from + start.length <= end ? start : undefined;
  };
};

import { createGlance } from '../text/glance.ts';
import { type Codes, codesOf, skipBlanks } from '../text/text-codes.ts';
import { beginningsOf, readWordings } from './language-wordings.ts';
import type { Language } from './languages/language.ts';
import { fitLoosely } from './loose-text.ts';
import type { Matcher, Message } from './message.ts';
import { fitChannelStart, fitWording, readWording, type Wording } from './wording.ts';

/** How one language begins the line of a channel, and how it goes on. */
interface ChannelLines {
  readonly lead: string;
  readonly start: Wording;
  readonly after: ReadonlyMap<number, readonly Wording[]>;
}

/** Wordings that begin with the same letters; first fit. */
interface PlainLines {
  readonly lead: string;
  /** By the text before their first value: it is compared once. */
  readonly heads: { readonly head: string; readonly wordings: Wording[] }[];
}

/** What a line may be that begins with one character. */
interface Candidates {
  readonly channels: ChannelLines[];
  readonly plain: PlainLines[];
}

/** Finds the wording that a part of a text is, where accents and blanks may be other than in the wording. */
export const createLooseMatcher = (languages: readonly Language[]): Matcher => {
  const candidates = readCandidates(languages);
  const mayBegin = createGlance(languages.flatMap(beginningsOf));
  return (codes, from, end) => {
    if (!mayBegin(codes, from)) return undefined;
    const found = candidates.get(codes[from] ?? 0);
    return found && match(found, codes, from, end);
  };
};

const readCandidates = (languages: readonly Language[]): ReadonlyMap<number, Candidates> => {
  const candidates = new Map<number, Candidates>();
  const at = (text: string): Candidates => {
    const first = text.charCodeAt(0);
    const known = candidates.get(first) ?? { channels: [], plain: [] };
    candidates.set(first, known);
    return known;
  };
  for (const language of languages) {
    const { ofChannels, others } = readWordings(language);
    const after = Map.groupBy(ofChannels, firstOf);
    for (const { wording, text } of others) addPlain(at(text).plain, leadOf(text), wording);
    for (const text of language.channelStart) {
      const { steps, ...start } = readWording('channelLine', `${text}{text}`, false);
      at(text).channels.push({ lead: leadOf(text), start: { ...start, steps: steps.slice(0, -1) }, after });
    }
  }
  return candidates;
};

const addPlain = (plain: PlainLines[], lead: string, wording: Wording): void => {
  const known = plain.find((each) => each.lead === lead) ?? { lead, heads: [] };
  if (known.heads.length === 0) plain.push(known);
  const [first] = wording.steps;
  const head = first && 'literal' in first ? first.literal : '';
  const last = known.heads.at(-1);
  if (last?.head === head) last.wordings.push(wording);
  else known.heads.push({ head, wordings: [wording] });
};

/** The letters that a wording begins with and that stand like this in any log: no blanks, no accents, no signs. */
const leadOf = (text: string): string => /^[A-Za-z\u3000-\uffef]*/.exec(text)?.[0] ?? '';

const firstOf = ({ steps: [step] }: Wording): number =>
  step && 'literal' in step ? step.literal.charCodeAt(0) : 0;

const match = (
  { channels, plain }: Candidates,
  codes: Codes,
  from: number,
  end: number,
): Message | undefined => {
  const ofChannel = matchChannelLine(channels, codes, from, end);
  // `canal asignado: c1` begins like the line of a channel, and is none.
  if (ofChannel && ofChannel.kind !== 'channelLine') return ofChannel;
  for (const { lead, heads } of plain) {
    if (!codes.text.startsWith(lead, from)) continue;
    for (const { head, wordings } of heads) {
      if (fitLoosely(head, codes, from) < 0) continue;
      const message = firstFit(wordings, codes.part(from, end), 0);
      if (message) return message;
    }
  }
  return ofChannel;
};

const matchChannelLine = (
  channels: readonly ChannelLines[],
  codes: Codes,
  from: number,
  end: number,
): Message | undefined => {
  let unknown: Message | undefined;
  for (const { lead, start, after } of channels) {
    if (!codes.text.startsWith(lead, from)) continue;
    const line = codes.part(from, end);
    const fit = fitChannelStart(start, line);
    if (!fit) continue;
    const at = skipBlanks(codesOf(line), fit.at);
    const message = firstFit(after.get(line.charCodeAt(at)), line, at, fit.channel);
    if (message) return message;
    unknown ??= { kind: 'channelLine', channel: fit.channel, text: line.slice(at) };
  }
  return unknown;
};

const firstFit = (
  wordings: readonly Wording[] | undefined,
  line: string,
  from: number,
  channel?: string,
): Message | undefined => {
  for (const wording of wordings ?? []) {
    const message = fitWording(wording, line, from, channel);
    if (message) return message;
  }
  return undefined;
};

import { createExactMatcher, type ExactMatcher } from './exact-wordings.ts';
import { readWordings } from './language-wordings.ts';
import type { Language } from './languages/language.ts';
import { createLooseMatcher } from './loose-wordings.ts';
import type { Matcher, Message } from './message.ts';
import { endOfToken, flatText, keepText } from './wording.ts';

/** Finds the message that a line is, whatever the language. What English knows is found first: most lines are English. */
export const createMatcher = (languages: readonly Language[]): Matcher => {
  const exact = languages.filter(({ isExact }) => isExact).map(createExactLanguage);
  const loose = createLooseMatcher(languages.filter(({ isExact }) => !isExact));
  return (text, from, end) => firstMatch(exact, text, from, end) ?? loose(text, from, end);
};

/** A line of a channel that such a language does not know is of no consequence. */
const createExactLanguage = (language: Language): Matcher => {
  const { ofChannels, others } = readWordings(language);
  const matchPlain = createExactMatcher(others.map(({ wording }) => wording));
  const matchOfChannel = createExactMatcher(ofChannels);
  const matchStarts = language.channelStart.map((text) => createChannelStart(text, matchOfChannel));
  return (text, from, end) => firstMatch(matchStarts, text, from, end) ?? matchPlain(text, from, end);
};

const firstMatch = (
  matchers: readonly Matcher[],
  text: string,
  from: number,
  end: number,
): Message | undefined => {
  for (let index = 0; index < matchers.length; index += 1) {
    const message = matchers[index]?.(text, from, end);
    if (message) return message;
  }
  return undefined;
};

/** Names kept at hand: a run has a few channels, and each has a line in ten. */
const MOST_NAMES = 32;

/** A channel's name, and how its lines begin. */
interface KnownStart {
  readonly name: string;
  readonly start: string;
  /** The last character of the name: names of channels differ there. */
  readonly last: number;
}

/** `channel {channel}: `: this is the start of half the lines. */
const createChannelStart = (wording: string, matchRest: ExactMatcher): Matcher => {
  const [before = '', after = ''] = wording.split('{channel}');
  const first = before.charCodeAt(0);
  const known: KnownStart[] = [];
  const readStart = (text: string, from: number): KnownStart | undefined => {
    for (let index = 0; index < known.length; index += 1) {
      const each = known[index] as KnownStart;
      const last = from + each.start.length - after.length - 1;
      if (text.charCodeAt(last) === each.last && text.slice(from, from + each.start.length) === each.start)
        return each;
    }
    if (!text.startsWith(before, from)) return undefined;
    const at = from + before.length;
    const name = keepText(text.slice(at, endOfToken(text, at)));
    if (name === '' || !text.startsWith(after, at + name.length)) return undefined;
    const start = { name, start: flatText(before + name + after), last: name.charCodeAt(name.length - 1) };
    if (known.length < MOST_NAMES) known.push(start);
    return start;
  };
  return (text, from, end) => {
    const start = text.charCodeAt(from) === first ? readStart(text, from) : undefined;
    if (!start || from + start.start.length > end) return undefined;
    const { name } = start;
    return matchRest(text, from + start.start.length, end, name) ?? { kind: 'channelRemark', channel: name };
  };
};

import { createGlance } from '../text/glance.ts';
import { createChannelStart } from './channel-start.ts';
import { ExactMatcher } from './exact-wordings.ts';
import { Following } from './following.ts';
import { beginningsOf, readWordings } from './language-wordings.ts';
import type { Language } from './languages/language.ts';
import { createLooseMatcher } from './loose-wordings.ts';
import type { Matcher } from './message.ts';

/** Finds the message that a line is, whatever the language. What English knows is found first: most lines are English. */
export const createMatcher = (languages: readonly Language[]): Matcher => {
  const mayBegin = createGlance(languages.flatMap(beginningsOf));
  const following = new Following();
  const exact = languages
    .filter(({ isExact }) => isExact)
    .map((language) => createExactLanguage(language, following));
  const loose = createLooseMatcher(languages.filter(({ isExact }) => !isExact));
  return (codes, from, end) => {
    const expected = following.read(codes, from, end);
    if (expected || !mayBegin(codes, from)) return expected;
    for (let index = 0; index < exact.length; index += 1) {
      const message = exact[index]?.(codes, from, end);
      if (message) return message;
    }
    return loose(codes, from, end);
  };
};

/** A line of a channel that such a language does not know is of no consequence. */
const createExactLanguage = (language: Language, following: Following): Matcher => {
  const { ofChannels, others } = readWordings(language);
  const plain = new ExactMatcher(
    others.map(({ wording }) => wording),
    false,
  );
  const ofChannel = new ExactMatcher(ofChannels, true);
  const starts = language.channelStart.map(createChannelStart);
  return (codes, from, end) => {
    for (let index = 0; index < starts.length; index += 1) {
      const start = starts[index]?.(codes, from, end);
      if (!start) continue;
      const at = from + start.length;
      const message = ofChannel.read(codes, at, end, start.channel);
      if (!message) return { kind: 'channelRemark', channel: start.channel };
      following.note(ofChannel.heading, start);
      return message;
    }
    const message = plain.read(codes, from, end);
    if (message) following.note(plain.heading, undefined);
    return message;
  };
};

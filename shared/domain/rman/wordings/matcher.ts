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
  const exact = languages.filter(({ isExact }) => isExact).map(createExactLanguage);
  const loose = createLooseMatcher(languages.filter(({ isExact }) => !isExact));
  return (codes, from, end) => {
    for (let index = 0; index < exact.length; index += 1) {
      const message = exact[index]?.readExpected(codes, from, end);
      if (message) return message;
    }
    if (!mayBegin(codes, from)) return undefined;
    for (let index = 0; index < exact.length; index += 1) {
      const message = exact[index]?.read(codes, from, end);
      if (message) return message;
    }
    return loose(codes, from, end);
  };
};

interface ExactLanguage {
  /** A message that is expected after the last one. */
  readonly readExpected: Matcher;
  readonly read: Matcher;
}

/** A line of a channel that such a language does not know is of no consequence. */
const createExactLanguage = (language: Language): ExactLanguage => {
  const { ofChannels, others } = readWordings(language);
  const plain = new ExactMatcher(
    others.map(({ wording }) => wording),
    false,
  );
  const ofChannel = new ExactMatcher(ofChannels, true);
  const readStart = createChannelStart(language.channelStart);
  const following = new Following(readStart);
  return {
    readExpected: (codes, from, end) => following.read(codes, from, end),
    read: (codes, from, end) => {
      const start = readStart(codes, from, end);
      if (!start) {
        const message = plain.read(codes, from, end);
        if (message) following.note(plain.heading);
        return message;
      }
      const message = ofChannel.read(codes, from + start.length, end, start.channel);
      if (!message) return { kind: 'channelRemark', channel: start.channel };
      following.note(ofChannel.heading);
      return message;
    },
  };
};

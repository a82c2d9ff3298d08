import { createExactMatcher, type ExactMatcher } from './exact-wordings.ts';
import type { Language } from './languages/language.ts';
import type { Message, MessageKind } from './message.ts';
import {
  endOfToken,
  fitChannelStart,
  fitWording,
  keepText,
  readWording,
  skipBlanks,
  type Wording,
} from './wording.ts';

/** RMAN's commands keep their English names in every language. */
export const commandNames = [
  'backup',
  'restore',
  'recover',
  'validate',
  'flashback',
  'switch',
  'Control File and SPFILE Autobackup',
  'Control File Autobackup',
  'SPFILE Autobackup',
  'Duplicate Db',
  'Duplicate PDB',
  'implicit crosscheck backup',
  'implicit crosscheck copy',
  'conversion at source',
  'conversion at target',
  'transport tablespace',
] as const;

/** The message that a part of a text is, without blanks around it. */
export type Matcher = (text: string, from: number, end: number) => Message | undefined;

/** Finds the message that a line is, whatever the language. What English knows is found first: most lines are English. */
export const createMatcher = (languages: readonly Language[]): Matcher => {
  const exact = languages.filter(({ isExact }) => isExact).map(createExactLanguage);
  const loose = createLooseMatcher(languages.filter(({ isExact }) => !isExact));
  return (text, from, end) => {
    for (const match of exact) {
      const message = match(text, from, end);
      if (message) return message;
    }
    return loose(text, from, end);
  };
};

interface ReadWordings {
  readonly ofChannels: readonly Wording[];
  readonly others: readonly { readonly wording: Wording; readonly text: string }[];
}

const readWordings = ({ wordings, isExact }: Language): ReadWordings => {
  const all = Object.entries(wordings).flatMap(([kind, texts]) =>
    texts.map((text) => ({ kind: kind as MessageKind, text })),
  );
  return {
    ofChannels: all
      .filter(({ text }) => text.startsWith('{ch}'))
      .map(({ kind, text }) => readWording(kind, text.slice(4), isExact === true)),
    others: all
      .filter(({ text }) => !text.startsWith('{ch}'))
      .flatMap(({ kind, text }) =>
        withCommands(text).map((form) => ({
          wording: readWording(kind, form.text, isExact === true, form.command),
          text: form.text,
        })),
      ),
  };
};

/** A wording that begins with the command stands for one wording of each command: each begins with a character that is known. */
const withCommands = (text: string): { text: string; command?: string }[] =>
  text.startsWith('{command}')
    ? commandNames.map((command) => ({ text: text.replace('{command}', command), command }))
    : [{ text }];

/** A line of a channel that such a language does not know is of no consequence. */
const createExactLanguage = (language: Language): Matcher => {
  const { ofChannels, others } = readWordings(language);
  const matchPlain = createExactMatcher(others.map(({ wording }) => wording));
  const matchOfChannel = createExactMatcher(ofChannels);
  const matchStarts = language.channelStart.map((text) => createChannelStart(text, matchOfChannel));
  return (text, from, end) => {
    for (const match of matchStarts) {
      const message = match(text, from, end);
      if (message) return message;
    }
    return matchPlain(text, from, end);
  };
};

/** Names kept at hand: a run has a few channels, and each has a line in ten. */
const MOST_NAMES = 32;

/** `channel {channel}: `: this is the start of half the lines. */
const createChannelStart = (wording: string, matchRest: ExactMatcher): Matcher => {
  const [before = '', after = ''] = wording.split('{channel}');
  const names: string[] = [];
  const readName = (text: string, at: number): string => {
    for (const name of names) {
      if (text.startsWith(name, at) && text.charCodeAt(at + name.length) === 58) return name;
    }
    const name = keepText(text.slice(at, endOfToken(text, at)));
    if (names.length < MOST_NAMES) names.push(name);
    return name;
  };
  return (text, from, end) => {
    if (!text.startsWith(before, from)) return undefined;
    const at = from + before.length;
    const channel = readName(text, at);
    const rest = at + channel.length + after.length;
    if (channel === '' || rest > end || !text.startsWith(after, at + channel.length)) return undefined;
    return matchRest(text, rest, end, channel) ?? { kind: 'channelRemark', channel };
  };
};

/** How one language begins the line of a channel, and how it goes on. */
interface ChannelLines {
  readonly lead: string;
  readonly start: Wording;
  readonly after: ReadonlyMap<number, Wording[]>;
}

/** Characters by which a place in a text is judged. */
const GLANCE = 4;

/**
 * Whether a message could begin at a place, at a glance: all wordings that are compared character by character begin with one of a few
 * dozen words. Letters beyond ASCII, codes and prompts get the benefit of the doubt.
 */
export const createGlance = (languages: readonly Language[]): ((text: string, at: number) => boolean) => {
  const beginnings = new Set<number>();
  for (const { wordings, channelStart } of languages) {
    for (const text of [...Object.values(wordings).flat(), ...channelStart]) {
      for (const form of withCommands(text)) beginnings.add(glanceAt(form.text, 0));
    }
  }
  return (text, at) => {
    const first = text.charCodeAt(at);
    const isDigit = first >= 48 && first <= 57;
    return (
      first > 127 ||
      isDigit ||
      beginnings.has(glanceAt(text, at)) ||
      CODE_OR_PROMPT.test(text.slice(at, at + 10))
    );
  };
};

const CODE_OR_PROMPT = /^(?:[A-Z][A-Z0-9]{1,7}-|RMAN|SQL>)/;

const glanceAt = (text: string, at: number): number => {
  let glance = 0;
  for (let index = 0; index < GLANCE; index += 1) {
    const code = text.charCodeAt(at + index);
    // What stands behind a letter with an accent is not where the wording has it.
    if (code > 127) return glance;
    glance = glance * 128 + code;
  }
  return glance;
};

const createLooseMatcher = (languages: readonly Language[]): Matcher => {
  const plain = new Map<number, { readonly lead: string; readonly wording: Wording }[]>();
  const channels = new Map<number, ChannelLines[]>();
  for (const language of languages) {
    const { ofChannels, others } = readWordings(language);
    const after = new Map<number, Wording[]>();
    for (const wording of ofChannels) add(after, firstOf(wording), wording);
    for (const { wording, text } of others) add(plain, text.charCodeAt(0), { lead: leadOf(text), wording });
    for (const text of language.channelStart) {
      const { steps, ...start } = readWording('channelLine', `${text}{text}`, false);
      const lead = leadOf(text);
      add(channels, text.charCodeAt(0), { lead, start: { ...start, steps: steps.slice(0, -1) }, after });
    }
  }
  // Few lines begin with one of these characters; to ask a map for each line would cost more than the line.
  const begins = new Uint8Array(0x10000);
  for (const key of [...channels.keys(), ...plain.keys()]) begins[key] = 1;
  return (text, from, end) => {
    const first = text.charCodeAt(from);
    if (begins[first] === 0) return undefined;
    const starts = channels.get(first)?.filter(({ lead }) => text.startsWith(lead, from)) ?? [];
    const wordings = plain.get(first)?.filter(({ lead }) => text.startsWith(lead, from)) ?? [];
    if (starts.length === 0 && wordings.length === 0) return undefined;
    const line = text.slice(from, end);
    const ofChannel = matchChannelLine(starts, line);
    // `canal asignado: c1` begins like the line of a channel, and is none.
    if (ofChannel && ofChannel.kind !== 'channelLine') return ofChannel;
    for (const { wording } of wordings) {
      const message = fitWording(wording, line, 0);
      if (message) return message;
    }
    return ofChannel;
  };
};

/** The letters that a wording begins with and that stand like this in any log: no blanks, no accents, no signs. */
const leadOf = (text: string): string => /^[A-Za-z\u3000-\uffef]*/.exec(text)?.[0] ?? '';

const firstOf = ({ steps: [step] }: Wording): number =>
  step && 'literal' in step ? step.literal.charCodeAt(0) : 0;

const add = <T>(lists: Map<number, T[]>, first: number, entry: T): void => {
  const list = lists.get(first);
  if (list) list.push(entry);
  else lists.set(first, [entry]);
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

const matchChannelLine = (starts: readonly ChannelLines[], line: string): Message | undefined => {
  let unknown: Message | undefined;
  for (const { start, after } of starts) {
    const fit = fitChannelStart(start, line);
    if (!fit) continue;
    const at = skipBlanks(line, fit.at);
    const message = firstFit(after.get(line.charCodeAt(at)), line, at, fit.channel);
    if (message) return message;
    unknown ??= { kind: 'channelLine', channel: fit.channel, text: line.slice(at) };
  }
  return unknown;
};

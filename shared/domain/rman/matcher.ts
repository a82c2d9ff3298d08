import type { Language } from './languages/language.ts';
import type { Message, MessageKind } from './message.ts';
import { fitChannelStart, fitWording, readWording, skipBlanks, type Wording } from './wording.ts';

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

/** Wordings by the code of the character that they begin with. */
type ByFirst = Map<number, Wording[]>;

/** How one language begins the line of a channel, and how it goes on. */
interface ChannelLines {
  readonly start: Wording;
  readonly after: ByFirst;
  /** Every line that matters has a wording: another one says nothing. */
  readonly complete: boolean;
}

export type Matcher = (line: string) => Message | undefined;

/** Finds the message that a line is, whatever the language. The line has no blanks around it. */
export const createMatcher = (languages: readonly Language[]): Matcher => {
  const plain: ByFirst = new Map();
  const channels = new Map<number, ChannelLines[]>();
  for (const language of languages) {
    const exact = language.name === 'English';
    const after: ByFirst = new Map();
    for (const { kind, text } of listWordings(language)) {
      if (text.startsWith('{ch}')) add(after, readWording(kind, text.slice(4), exact), text.charCodeAt(4));
      else
        for (const form of withCommands(text))
          add(plain, readWording(kind, form.text, exact, form.command), form.text.charCodeAt(0));
    }
    for (const text of language.channelStart) {
      const start = readWording('channelLine', `${text}{text}`, exact);
      const lines = {
        start: { ...start, steps: start.steps.slice(0, -1) },
        after,
        complete: !language.words,
      };
      const first = text.charCodeAt(0);
      channels.set(first, [...(channels.get(first) ?? []), lines]);
    }
  }
  return (line) => {
    const first = line.charCodeAt(0);
    const starts = channels.get(first);
    const ofChannel = starts && matchChannelLine(starts, line);
    // `canal asignado: c1` begins like the line of a channel, and is none.
    if (ofChannel && ofChannel.kind !== 'channelLine' && ofChannel.kind !== 'channelRemark') return ofChannel;
    return firstFit(plain.get(first), line, 0) ?? ofChannel;
  };
};

const listWordings = ({ wordings }: Language): { kind: MessageKind; text: string }[] =>
  Object.entries(wordings).flatMap(([kind, texts]) =>
    texts.map((text) => ({ kind: kind as MessageKind, text })),
  );

/** A wording that begins with the command stands for one wording of each command: each begins with a character that is known. */
const withCommands = (text: string): { text: string; command?: string }[] =>
  text.startsWith('{command}')
    ? commandNames.map((command) => ({ text: text.replace('{command}', command), command }))
    : [{ text }];

const add = (wordings: ByFirst, wording: Wording, first: number): void => {
  const same = wordings.get(first);
  if (same) same.push(wording);
  else wordings.set(first, [wording]);
};

const firstFit = (
  wordings: readonly Wording[] | undefined,
  line: string,
  from: number,
  channel?: string,
): Message | undefined => {
  if (!wordings) return undefined;
  for (const wording of wordings) {
    const message = fitWording(wording, line, from, channel);
    if (message) return message;
  }
  return undefined;
};

const matchChannelLine = (starts: readonly ChannelLines[], line: string): Message | undefined => {
  let unknown: Message | undefined;
  for (const { start, after, complete } of starts) {
    const fit = fitChannelStart(start, line);
    if (!fit) continue;
    const at = skipBlanks(line, fit.at);
    const message = firstFit(after.get(line.charCodeAt(at)), line, at, fit.channel);
    if (message) return message;
    unknown ??= complete
      ? { kind: 'channelRemark', channel: fit.channel }
      : { kind: 'channelLine', channel: fit.channel, text: line.slice(at) };
  }
  return unknown;
};

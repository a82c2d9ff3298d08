import type { Language } from './languages/language.ts';
import type { MessageKind } from './message.ts';
import { readWording, type Wording } from './wording.ts';

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
  'conversion',
  'transport tablespace',
] as const;

/** The names of some end in those of others. */
export const commandNamesLongestFirst: readonly string[] = [...commandNames].sort(
  (one, other) => other.length - one.length,
);

export interface ReadWordings {
  readonly ofChannels: readonly Wording[];
  readonly others: readonly { readonly wording: Wording; readonly text: string }[];
}

/** Takes all wordings of a language apart. */
export const readWordings = ({ wordings, isExact }: Language): ReadWordings => {
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

/** The beginnings of all lines that a language has wordings for. */
export const beginningsOf = ({ wordings, channelStart }: Language): string[] =>
  [...Object.values(wordings).flat(), ...channelStart].flatMap(withCommands).map(({ text }) => text);

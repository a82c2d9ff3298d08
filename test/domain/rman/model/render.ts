import { languages } from '../../../../shared/domain/rman/wordings/languages/all.ts';
import type { Language } from '../../../../shared/domain/rman/wordings/languages/language.ts';
import type { MessageKind } from '../../../../shared/domain/rman/wordings/message.ts';

/** The values of one message, as text. */
export type Values = Readonly<Record<string, string>>;

/** How one RMAN speaks: its language and, for each kind of message, which of its wordings. */
export interface Tongue {
  readonly title: string;
  readonly language: Language;
  readonly pick: (wordings: readonly string[]) => string;
}

const find = (name: string): Language => {
  const language = languages.find((each) => each.name === name);
  if (!language) throw new Error(`there is no language ${name}`);
  return language;
};

const first = ([wording = '']: readonly string[]): string => wording;
const of10g = (wordings: readonly string[]): string =>
  wordings.find((wording) => /recid=|fno=|backupset$|devtype|archive log|filename=/.test(wording)) ??
  first(wordings);
const of122 = (wordings: readonly string[]): string => wordings.at(-1) ?? '';
const of19c = (wordings: readonly string[]): string =>
  wordings.find((wording) => /を\{date\}で|データファイル ファイル/.test(wording)) ?? first(wordings);

/** The ones of which a whole backup is known. */
export const tongues: readonly Tongue[] = [
  { title: 'English of 11g and later', language: find('English'), pick: first },
  { title: 'English of 10g', language: find('English'), pick: of10g },
  { title: 'Chinese of 11g', language: find('Chinese (simplified)'), pick: first },
  { title: 'Chinese of 12.2', language: find('Chinese (simplified)'), pick: of122 },
  { title: 'Japanese of 11g', language: find('Japanese'), pick: first },
  { title: 'Japanese of 19c', language: find('Japanese'), pick: of19c },
];

/** The wordings of a kind whose values are all given. */
const wordingsFor = (language: Language, kind: MessageKind, values: Values): string[] => {
  const wordings = (language.wordings as Partial<Record<MessageKind, readonly string[]>>)[kind] ?? [];
  const given = Object.keys(values)
    .filter((name) => name !== 'channel')
    .sort();
  return wordings.filter((wording) => {
    const names = [...wording.matchAll(/\{(\w+)\}/g)]
      .map(([, name]) => name)
      .filter((name) => name !== 'ch' && name !== 'channel');
    return names.sort().join() === given.join();
  });
};

export const knows = ({ language }: Tongue, kind: MessageKind, values: Values): boolean =>
  wordingsFor(language, kind, values).length > 0;

/** One line of the log. */
export const say = (tongue: Tongue, kind: MessageKind, values: Values): string => {
  const wordings = wordingsFor(tongue.language, kind, values);
  if (wordings.length === 0)
    throw new Error(`${tongue.title} has no wording for ${kind} with ${Object.keys(values).join(', ')}`);
  return fill(tongue.language, tongue.pick(wordings), values);
};

export const fill = (language: Language, wording: string, values: Values): string =>
  wording
    .replace('{ch}', language.channelStart[0] ?? '')
    .replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
    .replace('{…}', '');

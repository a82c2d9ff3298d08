import { languages } from '../wordings/languages/all.ts';
import type { Words } from '../wordings/languages/language.ts';

type Alternatives = readonly (readonly string[])[];

/** The words of all languages for one thing; `a…b` is one word after another. */
const wordsFor = (thing: keyof Words): Alternatives =>
  languages.flatMap(({ words }) => words?.[thing] ?? []).map((word) => word.split('…'));

/** Whether a text has one of these words. */
export const has = (text: string, alternatives: Alternatives): boolean =>
  alternatives.some((parts) => {
    let at = 0;
    return parts.every((part) => {
      at = text.indexOf(part, at);
      return at >= 0;
    });
  });

export const words = {
  setAnnounced: wordsFor('setAnnounced'),
  incremental: wordsFor('incremental'),
  archivedLog: wordsFor('archivedLog'),
  compressed: wordsFor('compressed'),
  copyAnnounced: wordsFor('copyAnnounced'),
  controlFile: wordsFor('controlFile'),
  standby: wordsFor('standby'),
  deleted: wordsFor('deleted'),
} satisfies Record<keyof Words, Alternatives>;

import iconv from 'iconv-lite';
import { languages } from '../wordings/languages/all.ts';
import type { Language } from '../wordings/languages/language.ts';
import type { Encoding } from './encoding.ts';

/** What nothing speaks against: any bytes are text in it. */
const FALLBACK: Encoding = { name: 'windows-1252', isCertain: false };

/** The code page in which the sample has most of the words that RMAN uses in the languages written in it. */
export const guessEncoding = (sample: Buffer): Encoding => {
  let best = { name: FALLBACK.name, score: 0 };
  for (const name of new Set(languages.flatMap(({ encodings }) => encodings))) {
    const score = scoreOf(iconv.decode(sample, name), name);
    if (score > best.score) best = { name, score };
  }
  return best.score === 0 ? FALLBACK : { name: best.name, isCertain: true };
};

const scoreOf = (text: string, encoding: string): number => {
  const signs = languages
    .filter(({ encodings }) => encodings.includes(encoding))
    .flatMap((language) => signsOf(language));
  return [...new Set(signs)].reduce((score, sign) => score + (text.includes(sign) ? sign.length : 0), 0);
};

/** Pieces of a language's wordings that have a letter beyond ASCII. */
const signsOf = ({ wordings, words, channelStart }: Language): string[] =>
  [...Object.values(wordings).flat(), ...Object.values(words ?? {}).flat(), ...channelStart]
    .flatMap((text) => text.split(/\{[^}]*\}|[ :=,()]/))
    .filter((part) => /[^\0-\x7f]/.test(part));

import { italian, korean, portuguese, traditionalChinese } from './by-words.ts';
import { chinese } from './chinese.ts';
import { english } from './english.ts';
import { french } from './french.ts';
import { german } from './german.ts';
import { japanese } from './japanese.ts';
import type { Language } from './language.ts';
import { spanish } from './spanish.ts';

/** English first: most logs are English, and half of a translated one may be. */
export const languages: readonly Language[] = [
  english,
  chinese,
  japanese,
  german,
  spanish,
  french,
  portuguese,
  italian,
  korean,
  traditionalChinese,
];

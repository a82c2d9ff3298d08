import { skipBlanks } from '../text/text-codes.ts';

/** Signs around which blanks do not count, with the wide forms that East Asian scripts have of them. */
const wideForms: Readonly<Record<string, string>> = { ':': '：', ',': '，', '=': '＝', '(': '（', ')': '）' };

const PLAIN = 0;
const BLANK = 1;
const SIGN = 2;
const ACCENTED = 3;

/** What kind of character each code is in a wording. */
const characterKinds = ((): Uint8Array => {
  const kinds = new Uint8Array(0x10000);
  kinds[32] = BLANK;
  for (const sign of Object.keys(wideForms)) kinds[sign.charCodeAt(0)] = SIGN;
  // Latin letters with accents, and the apostrophe, which typesetters bend.
  for (let code = 0xc0; code <= 0x24f; code += 1) kinds[code] = ACCENTED;
  kinds[39] = ACCENTED;
  return kinds;
})();

/** Where a text ends that has to stand at a place, with other blanks and accents perhaps, or -1. */
export const fitLoosely = (literal: string, codes: Uint16Array, from: number): number => {
  let at = from;
  for (let index = 0; index < literal.length; index += 1) {
    const wanted = literal.charCodeAt(index);
    const kind = characterKinds[wanted];
    if (kind === PLAIN) {
      if (codes[at] !== wanted) return -1;
      at += 1;
    } else if (kind === BLANK) {
      at = skipBlanks(codes, at);
    } else {
      at =
        kind === SIGN
          ? skipSign(literal.charAt(index), codes, at)
          : skipAccented(literal.charAt(index), codes, at);
      if (at < 0) return -1;
    }
  }
  return at;
};

const skipSign = (wanted: string, codes: Uint16Array, from: number): number => {
  const at = skipBlanks(codes, from);
  const seen = String.fromCharCode(codes[at] ?? 0);
  return seen === wanted || seen === wideForms[wanted] ? skipBlanks(codes, at + 1) : -1;
};

/** One accented letter is up to four characters when a console reads UTF-8 in its own code page; some write `?` or the bare letter. */
const skipAccented = (wanted: string, codes: Uint16Array, from: number): number => {
  let at = from;
  while (at - from < 4 && (codes[at] ?? 0) > 127) at += 1;
  if (at > from) return at;
  while (at - from < 4 && codes[at] === 63) at += 1;
  if (at > from) return at;
  return String.fromCharCode(codes[at] ?? 0) === bareLetterOf(wanted) ? at + 1 : -1;
};

const bareLetters = new Map<string, string>();

/** `é` without its accent. */
const bareLetterOf = (letter: string): string => {
  const known = bareLetters.get(letter);
  if (known !== undefined) return known;
  const bare = letter.normalize('NFD').charAt(0);
  bareLetters.set(letter, bare);
  return bare;
};

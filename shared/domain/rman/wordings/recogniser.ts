import { createGlance } from '../text/glance.ts';
import { keepText } from '../text/kept-text.ts';
import { KnownText } from '../text/known-text.ts';
import { type Codes, codesOf, endOfDigits, isDigit } from '../text/text-codes.ts';
import { mayBePrefixed, readBehindPrefix } from '../text/wrapper-prefix.ts';
import { FoundMessage } from './found-message.ts';
import { beginningsOf } from './language-wordings.ts';
import { languages } from './languages/all.ts';
import { createMatcher } from './matcher.ts';
import { type Message, ordinalOf } from './message.ts';

/** The message that a text is by its wording alone. */
export const matchMessage = createMatcher(languages);

const mayBegin = createGlance([...languages.flatMap(beginningsOf), 'RMAN']);

/** `RMAN-03009: …`, `ORA-19504: …`, `KBHS-01002: …` */
const CODE = /^([A-Z][A-Z0-9]{1,7}-\d{4,6}) ?: */;
const PROMPTS = ['RMAN>', 'RMAN >', 'SQL>'];
const mayBePrompt = createGlance(PROMPTS);
export const ECHO: Message = { kind: 'echo', ordinal: ordinalOf('echo') };

/**
 * What a part of a text says, without blanks around it. Lines that somebody typed, or that RMAN repeats from its script, are `echo`
 * whatever stands in them.
 */
export const recognise = (codes: Codes, from: number, end: number): Message | undefined => {
  if (isTrace(codes, from)) return recogniseCapital(codes, from, end);
  const message = recogniseBare(codes, from, end);
  if (message || !mayBePrefixed(codes, from, end)) return message;
  return readBehindPrefix(codes, from, end, recogniseBehind);
};

/** `DBGSQL: …`, `DBGRPC: …`: lines of RMAN's own trace, which are long, and name what they are about in words of their own. */
export const isTrace = (codes: Codes, from: number): boolean =>
  codes[from] === 68 &&
  codes[from + 1] === 66 &&
  codes[from + 2] === 71 &&
  isCapitalOrDigit(codes[from + 3] ?? 0);

const recogniseBehind = (codes: Codes, place: number, end: number): Message | undefined =>
  mayBegin(codes, place) || mayBeTyped(codes, place) ? recogniseBare(codes, place, end) : undefined;

/** The end of a prompt, or a code: a digit, or two capitals. */
const mayBeTyped = (codes: Codes, place: number): boolean => {
  const first = codes[place] ?? 0;
  return (
    (first >= 48 && first <= 57) || (first >= 65 && first <= 90 && isCapitalOrDigit(codes[place + 1] ?? 0))
  );
};

const recogniseBare = (codes: Codes, from: number, end: number): Message | undefined => {
  const message = matchMessage(codes, from, end);
  if (message) return message;
  const first = codes[from] ?? 0;
  if (isDigit(first)) return codes[endOfDigits(codes, from)] === 62 ? ECHO : undefined;
  return first >= 65 && first <= 90 ? recogniseCapital(codes, from, end) : undefined;
};

/** Prompts and codes begin with capitals; so do many lines of others, which are passed by at a glance. */
const recogniseCapital = (codes: Codes, from: number, end: number): Message | undefined => {
  if (mayBePrompt(codes, from) && PROMPTS.some((prompt) => codes.text.startsWith(prompt, from))) return ECHO;
  let at = from + 1;
  while (at - from < 9 && isCapitalOrDigit(codes[at] ?? 0)) at += 1;
  return codes[at] === 45 ? recogniseCode(codes, from, end) : undefined;
};

const isCapitalOrDigit = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 48 && code <= 57);

/** Longer than what RMAN says with a code in one line. */
const LONGEST_CODE_LINE = 160;

/** The last line with a code, and its message: what is not deleted, and why, is said in line after line. */
const lastText = new KnownText('', LONGEST_CODE_LINE);
let lastCode: Message | undefined;

const recogniseCode = (codes: Codes, from: number, end: number): Message | undefined => {
  if (lastCode && lastText.length === end - from && lastText.standsIn(codes, from, end)) return lastCode;
  const message = readCode(codes, from, end);
  if (message?.kind === 'codeLine' && end - from <= LONGEST_CODE_LINE) {
    lastText.become(codes, from, end - from);
    lastCode = message;
  }
  return message;
};

/** With `msgno` every line has its number; the text behind it says more than the number. */
const readCode = (codes: Codes, from: number, end: number): Message | undefined => {
  const line = codes.part(from, end);
  const code = CODE.exec(line);
  if (!code) return undefined;
  const [whole, name = ''] = code;
  const numbered = name.startsWith('RMAN-') ? matchMessage(codes, from + whole.length, end) : undefined;
  return numbered ?? { kind: 'codeLine', code: name, text: keepText(line.slice(whole.length)) };
};

/** Whether a message was in another language than English: only what is compared character by character is in the one found message. */
export const isTranslated = (message: Message): boolean => !((message as unknown) instanceof FoundMessage);

/** Whether a line begins a message, and so cannot be the rest of a line that was wrapped. */
export const beginsMessage = (line: string): boolean =>
  recogniseBare(codesOf(line), 0, line.length) !== undefined;

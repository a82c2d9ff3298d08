import { createGlance } from './glance.ts';
import { beginningsOf } from './language-wordings.ts';
import { languages } from './languages/all.ts';
import { createMatcher } from './matcher.ts';
import type { Message } from './message.ts';
import { endOfDigits, keepText } from './wording.ts';
import { mayBePrefixed, readBehindPrefix } from './wrapper-prefix.ts';

/** The message that a text is by its wording alone. */
export const matchMessage = createMatcher(languages);

const mayBegin = createGlance([...languages.flatMap(beginningsOf), 'RMAN']);

/** `RMAN-03009: …`, `ORA-19504: …`, `KBHS-01002: …` */
const CODE = /^([A-Z][A-Z0-9]{1,7}-\d{4,6}) ?: ?/;
const PROMPTS = ['RMAN>', 'RMAN >', 'SQL>'];
const mayBePrompt = createGlance(PROMPTS);
const ECHO: Message = { kind: 'echo' };

/**
 * What a part of a text says, without blanks around it. Lines that somebody typed, or that RMAN repeats from its script, are `echo`
 * whatever stands in them.
 */
export const recognise = (text: string, from: number, end: number): Message | undefined => {
  const message = recogniseBare(text, from, end);
  if (message || !mayBePrefixed(text, from, end)) return message;
  return readBehindPrefix(text, from, end, recogniseBehind);
};

const recogniseBehind = (text: string, place: number, end: number): Message | undefined =>
  mayBegin(text, place) || mayBeTyped(text, place) ? recogniseBare(text, place, end) : undefined;

/** The end of a prompt, or a code: a digit, or two capitals. */
const mayBeTyped = (text: string, place: number): boolean => {
  const first = text.charCodeAt(place);
  return (
    (first >= 48 && first <= 57) ||
    (first >= 65 && first <= 90 && isCapitalOrDigit(text.charCodeAt(place + 1)))
  );
};

const recogniseBare = (text: string, from: number, end: number): Message | undefined => {
  const message = mayBegin(text, from) ? matchMessage(text, from, end) : undefined;
  if (message) return message;
  const first = text.charCodeAt(from);
  if (first >= 48 && first <= 57) return text.charCodeAt(endOfDigits(text, from)) === 62 ? ECHO : undefined;
  return first >= 65 && first <= 90 ? recogniseCapital(text, from, end) : undefined;
};

/** Prompts and codes begin with capitals; so do many lines of others, which are passed by at a glance. */
const recogniseCapital = (text: string, from: number, end: number): Message | undefined => {
  if (mayBePrompt(text, from) && PROMPTS.some((prompt) => text.startsWith(prompt, from))) return ECHO;
  let at = from + 1;
  while (at - from < 9 && isCapitalOrDigit(text.charCodeAt(at))) at += 1;
  return text.charCodeAt(at) === 45 ? recogniseCode(text.slice(from, end)) : undefined;
};

const isCapitalOrDigit = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 48 && code <= 57);

/** With `msgno` every line has its number; the text behind it says more than the number. */
const recogniseCode = (line: string): Message | undefined => {
  const code = CODE.exec(line);
  if (!code) return undefined;
  const [whole, name = ''] = code;
  const numbered = name.startsWith('RMAN-') ? matchMessage(line, whole.length, line.length) : undefined;
  return numbered ?? { kind: 'codeLine', code: name, text: keepText(line.slice(whole.length)) };
};

/** Whether a line begins a message, and so cannot be the rest of a line that was wrapped. */
export const beginsMessage = (line: string): boolean => recogniseBare(line, 0, line.length) !== undefined;

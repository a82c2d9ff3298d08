import { languages } from './languages/all.ts';
import { createMatcher } from './matcher.ts';
import type { Message } from './message.ts';
import { keepText } from './wording.ts';
import { placesAfterPrefix } from './wrapper-prefix.ts';

/** The message that a text is by its wording alone. */
export const matchMessage = createMatcher(languages);

/** `RMAN-03009: …`, `ORA-19504: …`, `KBHS-01002: …` */
const CODE = /^([A-Z][A-Z0-9]{1,7}-\d{4,6}) ?: ?/;
const PROMPT = /^(?:RMAN ?>|\d{1,4}>|SQL>)/;

/**
 * What a part of a text says, without blanks around it. Lines that somebody typed, or that RMAN repeats from its script, are `echo`
 * whatever stands in them.
 */
export const recognise = (text: string, from: number, end: number): Message | undefined => {
  const message = recogniseBare(text, from, end);
  if (message) return message;
  const line = text.slice(from, end);
  for (const place of placesAfterPrefix(line)) {
    const behind = recogniseBare(line, place, line.length);
    if (behind) return behind;
  }
  return undefined;
};

const recogniseBare = (text: string, from: number, end: number): Message | undefined => {
  const message = matchMessage(text, from, end);
  if (message) return message;
  const first = text.charCodeAt(from);
  const isDigit = first >= 48 && first <= 57;
  const isUpper = first >= 65 && first <= 90;
  if (!isDigit && !isUpper) return undefined;
  const line = text.slice(from, end);
  if (PROMPT.test(line)) return { kind: 'echo' };
  return isUpper ? recogniseCode(line) : undefined;
};

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

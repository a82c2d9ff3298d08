import { type KnownNames, readAnchors } from './anchors.ts';
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
 * What one line says. The line has no blanks around it. Lines that somebody typed, or that RMAN repeats from its script, are `echo`
 * whatever stands in them.
 */
export const recognise = (line: string, known: KnownNames): Message | undefined => {
  const message = recogniseBare(line);
  if (message) return message;
  for (const place of placesAfterPrefix(line)) {
    const behind = recogniseBare(line.slice(place));
    if (behind) return behind;
  }
  return readAnchors(line, known);
};

const recogniseBare = (line: string): Message | undefined => {
  const message = matchMessage(line);
  if (message) return message;
  const first = line.charCodeAt(0);
  const isDigit = first >= 48 && first <= 57;
  const isUpper = first >= 65 && first <= 90;
  if (!isDigit && !isUpper) return undefined;
  if (PROMPT.test(line)) return { kind: 'echo' };
  return isUpper ? recogniseCode(line) : undefined;
};

/** With `msgno` every line has its number; the text behind it says more than the number. */
const recogniseCode = (line: string): Message | undefined => {
  const code = CODE.exec(line);
  if (!code) return undefined;
  const [whole, name = ''] = code;
  const text = line.slice(whole.length);
  const numbered = name.startsWith('RMAN-') ? matchMessage(text) : undefined;
  return numbered ?? { kind: 'codeLine', code: name, text: keepText(text) };
};

/** Whether a line begins a message, and so cannot be the rest of a line that was wrapped. */
export const beginsMessage = (line: string): boolean => recogniseBare(line) !== undefined;

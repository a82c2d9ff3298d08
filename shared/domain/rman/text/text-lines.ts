import { type Codes, emptyCodes } from './text-codes.ts';

/** No line of RMAN comes near this; what follows in the same line is left out, so that no input can take all memory. */
const MOST_CHARACTERS = 4 * 1024 * 1024;

const ESC = String.fromCharCode(27);
const BEL = String.fromCharCode(7);
/** Colours, cursor moves, window titles: the control sequences of ECMA-48. */
const CONTROL_SEQUENCE = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${ESC}${BEL}]*(?:${BEL}|${ESC}\\\\)|[@-Z\\\\^_])`,
  'g',
);

/** Whoever hands a log on, as a page or a mail, may put tabs where RMAN writes a blank, or before an equals sign. */
const withoutTabs = (line: string): string => line.replaceAll('\t=', '=').replaceAll('\t', ' ');

/** Gets each line as a part of a text, without its end. `isWhole` is false for what stands at the end of the log without a line end. */
export type LineReader = (codes: Codes, from: number, end: number, isWhole: boolean) => void;

export interface TextLines {
  push(text: string): void;
  end(): void;
}

/**
 * Cuts text that comes in chunks into lines; CRLF, LF and lone CR end one. Control sequences of terminals and tabs are taken out. Lines are
 * handed over as places in the chunk: most of them are looked at once and never become strings of their own.
 */
export const createTextLines = (read: LineReader): TextLines => {
  let codesOfChunk = emptyCodes();
  let codesOfLine = emptyCodes();
  let carried = '';
  let endsInReturn = false;

  const emit = (line: string, isWhole: boolean): void => {
    const printed = line.includes(ESC) ? line.replace(CONTROL_SEQUENCE, '') : line;
    const text = withoutTabs(printed);
    codesOfLine = codesOfLine.read(text);
    read(codesOfLine, 0, text.length, isWhole);
  };

  const push = (chunk: string): void => {
    let text = chunk;
    if (endsInReturn && text.startsWith('\n')) text = text.slice(1);
    endsInReturn = chunk === '' ? endsInReturn : chunk.endsWith('\r');
    if (text.includes('\r')) text = text.replace(/\r\n?/g, '\n');
    const isAltered = text.includes(ESC) || text.includes('\t');
    codesOfChunk = codesOfChunk.read(text, true);
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      if (carried !== '' || isAltered) {
        emit(carried + text.slice(from, end), true);
        carried = '';
      } else {
        read(codesOfChunk, from, end, true);
      }
      from = end + 1;
    }
    if (from < text.length && carried.length < MOST_CHARACTERS) carried += text.slice(from);
  };

  const end = (): void => {
    if (carried !== '') emit(carried, false);
    carried = '';
  };

  return { push, end };
};

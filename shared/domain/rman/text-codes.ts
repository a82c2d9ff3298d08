/** Behind every text stand this many zeros: who looks for a wording need not ask at each character whether the text still goes on. */
const ZEROS = 256;

/**
 * Room for the UTF-16 codes of one text after another, with zeros behind them. Each character of a log is looked at, and looking into an
 * array costs a fraction of what looking into a string does.
 */
export class TextCodes {
  #codes = new Uint16Array(4096);
  #bytes = Buffer.from(this.#codes.buffer);

  /** Good until the next text is read. */
  read(text: string): Uint16Array {
    if (this.#codes.length < text.length + ZEROS) {
      this.#codes = new Uint16Array(text.length * 2 + ZEROS);
      this.#bytes = Buffer.from(this.#codes.buffer);
    }
    const codes = this.#codes;
    this.#bytes.write(text, 'utf16le');
    codes.fill(0, text.length, text.length + ZEROS);
    return codes;
  }
}

const ofLine = new TextCodes();
let line = '';
let codesOfLine = ofLine.read(line);

/** The codes of a line that is no part of a chunk; good until another line is asked for. */
export const codesOf = (text: string): Uint16Array => {
  if (text !== line) {
    line = text;
    codesOfLine = ofLine.read(text);
  }
  return codesOfLine;
};

/** The codes of a text for good. */
export const ownCodesOf = (text: string): Uint16Array =>
  Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));

/** Whether a text stands in a place before an end. */
export const standsIn = (codes: Uint16Array, wanted: Uint16Array, at: number, end: number): boolean => {
  const { length } = wanted;
  if (at + length > end) return false;
  for (let index = 0; index < length; index += 1) {
    if (codes[at + index] !== wanted[index]) return false;
  }
  return true;
};

export const isDigit = (code: number): boolean => code >= 48 && code <= 57;

export const endOfDigits = (codes: Uint16Array, from: number): number => {
  let at = from;
  while (isDigit(codes[at] ?? 0)) at += 1;
  return at;
};

export const skipBlanks = (codes: Uint16Array, from: number): number => {
  let at = from;
  while (codes[at] === 32 || codes[at] === 9) at += 1;
  return at;
};

/** Names of channels are ASCII without blanks or colons. */
export const endOfToken = (codes: Uint16Array, from: number): number => {
  let at = from;
  for (let code = codes[at] ?? 0; code > 32 && code < 127 && code !== 58; code = codes[at] ?? 0) at += 1;
  return at;
};

/** Behind every text stand this many zeros: who looks for a wording need not ask at each character whether the text still goes on. */
const ZEROS = 256;

/**
 * A part of a string keeps the whole string in memory. Where the text before was kept to more than an eighth, that is little loss, and saves
 * copies, which cost more than all else that is done with a line; elsewhere a single name must not keep a chunk of the log. So the memory
 * stays within a few times what is kept.
 */
const MOST_KEPT = 8;

let texts = 0;

/**
 * Room for the UTF-16 codes of one text after another, with zeros behind them. Each character of a log is looked at, and looking into an
 * array costs a fraction of what looking into a string does.
 */
export class Codes extends Uint16Array {
  text = '';
  /** Tells each text from all others, also from an equal one. */
  serial = 0;
  /** The same codes, to look at several at once. */
  readonly view = new DataView(this.buffer);
  readonly #bytes = Buffer.from(this.buffer);
  /** Characters of the text that are kept. */
  #kept = 0;
  #keepsWhole = false;

  /**
   * The codes of a text, in the same room if it is large enough: good until the next text is read.
   * @param isChunk it is a string of its own, and not a line, which is a part of a chunk
   */
  read(text: string, isChunk = false): Codes {
    if (this.length < text.length + ZEROS) return new Codes(text.length * 2 + ZEROS).read(text, isChunk);
    this.#keepsWhole = isChunk && this.#kept * MOST_KEPT > this.text.length;
    this.#kept = 0;
    this.text = text;
    texts += 1;
    this.serial = texts;
    this.#bytes.write(text, 'utf16le');
    this.fill(0, text.length, text.length + ZEROS);
    return this;
  }

  /** A part of the text, to look at. */
  part(from: number, end: number): string {
    return this.text.slice(from, end);
  }

  /** A part of the text, to keep. */
  keep(from: number, end: number): string {
    this.#kept += end - from;
    return this.#keepsWhole ? this.part(from, end) : this.#bytes.toString('utf16le', from * 2, end * 2);
  }
}

const ROOM = 4096;

export const emptyCodes = (): Codes => new Codes(ROOM);

let line = '';
let codesOfLine = emptyCodes();

/** The codes of a line that is no part of a chunk; good until another line is asked for. */
export const codesOf = (text: string): Codes => {
  if (text !== line) {
    line = text;
    codesOfLine = codesOfLine.read(text);
  }
  return codesOfLine;
};

/** The codes of a text for good. */
export const ownCodesOf = (text: string): Uint16Array =>
  Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));

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

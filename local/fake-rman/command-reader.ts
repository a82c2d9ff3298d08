import { RmanError } from './rman-error.ts';
import { readTokens, type Token } from './tokens.ts';

/** Reads tokens one after the other and says, as RMAN does, what was expected where another one stands. */
export class CommandReader {
  readonly #tokens: readonly Token[];
  readonly #file: string;
  #next = 0;

  constructor(text: string, file: string) {
    this.#tokens = readTokens(text);
    this.#file = file;
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', line: 1, column: 1 };
  }

  get isAtEnd(): boolean {
    return this.#token.kind === 'end';
  }

  get line(): number {
    return this.#tokens[this.#next - 1]?.line ?? 1;
  }

  /** Takes the words or symbols if they come next, all of them or none. */
  accept(...texts: readonly string[]): boolean {
    const isNext = texts.every((text, index) => {
      const token = this.#tokens[this.#next + index];
      return token?.kind !== 'string' && token?.text.toLowerCase() === text;
    });
    if (isNext) this.#next += texts.length;
    return isNext;
  }

  expect(...texts: readonly string[]): void {
    for (const text of texts) if (!this.accept(text)) this.refuse(text);
  }

  word(what: string): string {
    return this.#take('word', what);
  }

  string(what: string): string {
    return this.#take('string', what);
  }

  /** Takes a word or string of this form and gives what its first group holds. */
  match(pattern: RegExp, what: string): string {
    const [, group] = pattern.exec(this.#token.text) ?? [];
    if (group === undefined) return this.refuse(what);
    this.#next += 1;
    return group;
  }

  refuse(...expected: readonly string[]): never {
    const { kind, text, line, column } = this.#token;
    const found = {
      word: 'identifier',
      string: 'quoted-string',
      symbol: text === ';' ? 'semicolon' : text,
      end: 'end-of-file',
    }[kind];
    throw new RmanError([
      'RMAN-00558: error encountered while parsing input commands',
      `RMAN-01009: syntax error: found "${found}": expecting one of: "${expected.join(', ')}"`,
      ...(kind === 'word' ? [`RMAN-01008: the bad identifier was: ${text}`] : []),
      `RMAN-01007: at line ${line} column ${column} file: ${this.#file}`,
    ]);
  }

  #take(kind: Token['kind'], what: string): string {
    if (this.#token.kind !== kind) this.refuse(what);
    const { text } = this.#token;
    this.#next += 1;
    return text;
  }
}

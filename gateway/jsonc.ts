/** A string, a line comment or a block comment, whichever begins first; one that never ends is left for JSON to refuse. */
const stringOrComment = /"(?:[^"\\\n]|\\.)*"|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//gu;

/**
 * JSON with comments (`//` to the end of the line, and block comments). Comments become spaces, so that what JSON says of
 * a line and column is true of the file. Nothing else is forgiven: a comma too many is refused. Throws SyntaxError.
 */
export function parseJsonc(text: string): unknown {
  const bare = text
    .replace(/^\uFEFF/u, '')
    .replace(stringOrComment, (found) => (found.startsWith('"') ? found : found.replace(/[^\r\n]/gu, ' ')));
  try {
    return JSON.parse(bare);
  } catch (error) {
    throw new SyntaxError(withoutQuote(error instanceof Error ? error.message : String(error), bare));
  }
}

/** V8 quotes what stands around an unexpected character, in place of a line: it may be a piece of a password. */
function withoutQuote(message: string, text: string): string {
  const [, what = '', isCut, quote = ''] =
    /^(Unexpected token .+?), (\.\.\.)?"(.*)"(?:\.\.\.)? is not valid JSON$/su.exec(message) ?? [];
  if (what === '') return message;
  // It quotes ten characters before the one that it complains of.
  const before = text.slice(0, text.indexOf(quote) + (isCut === undefined ? 0 : 10));
  return `${what} in JSON at line ${before.split('\n').length}`;
}

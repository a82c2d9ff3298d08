/** A string, a line comment or a block comment, whichever begins first; one that never ends is left for JSON to refuse. */
const stringOrComment = /"(?:[^"\\\n]|\\.)*"|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//gu;

/**
 * JSON with comments (`//` to the end of the line, and block comments). Comments become spaces, so that what JSON says of
 * a line and column is true of the file. Nothing else is forgiven: a comma too many is refused. Throws SyntaxError.
 */
export function parseJsonc(text: string): unknown {
  const bare = text.replace(/^\uFEFF/u, '');
  return JSON.parse(
    bare.replace(stringOrComment, (found) =>
      found.startsWith('"') ? found : found.replace(/[^\r\n]/gu, ' '),
    ),
  );
}

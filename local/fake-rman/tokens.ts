export interface Token {
  readonly kind: 'word' | 'string' | 'symbol' | 'end';
  readonly text: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
}

const pattern = /#.*|'([^'\n]*)'|"([^"\n]*)"|[A-Za-z0-9_$]+|\S/g;

/** Splits RMAN commands into words, quoted strings and symbols; comments go. The last token is the end. */
export const readTokens = (text: string): Token[] => {
  const tokens: Token[] = [];
  const lines = text.split('\n');
  lines.forEach((line, index) => {
    for (const match of line.matchAll(pattern)) {
      const [found, single, double] = match;
      if (found.startsWith('#')) continue;
      const place = { line: index + 1, column: match.index + 1 };
      const quoted = single ?? double;
      if (quoted !== undefined) tokens.push({ kind: 'string', text: quoted, ...place });
      else tokens.push({ kind: /^\w/.test(found) ? 'word' : 'symbol', text: found, ...place });
    }
  });
  tokens.push({ kind: 'end', text: '', line: lines.length, column: 1 });
  return tokens;
};

/**
 * `*` stands for any characters, `\*` for a star and `\\` for a backslash.
 * @throws Error for any other escape, and for two stars beside each other.
 */
export const wildcardExpression = (pattern: string, place: string): RegExp => {
  const tokens = pattern.match(/\\.?|\*|[^\\*]+/gs) ?? [];
  const parts = tokens.map((token, index) => {
    if (token === '*') {
      if (tokens[index - 1] === '*') throw new Error(`${place}: two stars beside each other are not allowed`);
      return '.*';
    }
    if (!token.startsWith('\\')) return escapeExpression(token);
    if (token === '\\*' || token === '\\\\') return `\\${token.slice(1)}`;
    throw new Error(`${place}: a backslash stands before a star or another backslash only`);
  });
  return new RegExp(`^${parts.join('')}$`, 's');
};

const escapeExpression = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

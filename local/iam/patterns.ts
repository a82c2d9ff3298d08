/** Matches IAM's wildcards: `*` is any run of characters, `?` exactly one. Everything else is literal. */
export function matchesPattern(pattern: string, text: string): boolean {
  if (pattern === '*') return true;
  // Backtracks to the last star only: linear in practice, and no pattern can make it exponential.
  let p = 0;
  let t = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      starAt = p++;
      resumeAt = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      t = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Splits an ARN in its six parts, or returns undefined; the resource part keeps its colons. */
export function splitArn(text: string): string[] | undefined {
  const parts = text.split(':');
  if (parts.length < 6 || parts[0] !== 'arn') return undefined;
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** As ArnLike does: each of the six parts by itself, so a star does not reach over a colon. */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const patternParts = splitArn(pattern);
  const arnParts = splitArn(arn);
  if (patternParts === undefined || arnParts === undefined) return false;
  return patternParts.every((part, i) => matchesPattern(part, arnParts[i] ?? ''));
}

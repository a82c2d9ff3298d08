/**
 * Whether two tables have the same entry at a place, which may be behind the end of `other`. Byte by byte: a gigabyte has
 * 150,000 entries, and for so few bytes a call of Buffer's own `compare` takes three times as long.
 */
export function hasSameAt(one: Uint8Array, other: Uint8Array, at: number, length: number): boolean {
  const end = at + length;
  if (end > other.length) return false;
  for (let byte = at; byte < end; byte++) if (one[byte] !== other[byte]) return false;
  return true;
}

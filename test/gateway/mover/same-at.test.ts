import { describe, expect, it } from 'vitest';
import { hasSameAt } from '../../../gateway/mover/changes/same-at.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';

const table = randomBytes('table', 96);

describe('an entry of two tables', () => {
  it('is the same only when each of its bytes is', () => {
    const others = Array.from({ length: 32 }, (_, byte) => {
      const other = Buffer.from(table);
      other[32 + byte] = (other[32 + byte] ?? 0) ^ 1;
      return other;
    });

    expect(hasSameAt(table, Buffer.from(table), 32, 32)).toBe(true);
    expect(others.filter((other) => hasSameAt(table, other, 32, 32))).toEqual([]);
    // What lies beside it does not matter.
    expect(others.every((other) => hasSameAt(table, other, 0, 32) && hasSameAt(table, other, 64, 32))).toBe(
      true,
    );
  });

  it('is none where one table has ended', () => {
    expect(hasSameAt(table, table.subarray(0, 95), 64, 32)).toBe(false);
    expect(hasSameAt(table.subarray(0, 95), table, 64, 32)).toBe(false);
    expect(hasSameAt(table, Buffer.alloc(0), 0, 32)).toBe(false);
  });
});

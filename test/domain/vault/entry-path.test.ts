import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkEntryPath, comparePaths, parentPath } from '../../../shared/domain/vault/entry-path.ts';

const names = fc
  .uint8Array({ minLength: 1, maxLength: 4 })
  .map((bytes) => Buffer.from(bytes).map((byte) => (byte === 0 || byte === 0x2f ? 0x2d : byte)));
const paths = fc
  .array(names, { minLength: 1, maxLength: 4 })
  .map((parts) =>
    Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from('/'), part]))),
  );

describe('paths of entries', () => {
  it('are ordered as a walk meets them: a folder, all that is in it, then the next name', () => {
    const walk = ['', 'a', 'a/b', 'a/b/c', 'a/b.c', 'a-b', 'a.b', 'ab', 'b'];

    const sorted = walk.map((path) => Buffer.from(path)).toSorted((one, other) => comparePaths(other, one));

    expect(sorted.reverse().map(String)).toEqual(walk);
  });

  it('are ordered totally, and a parent comes before its children', () => {
    fc.assert(
      fc.property(paths, paths, paths, (one, other, third) => {
        expect(Math.sign(comparePaths(one, other))).toBe(0 - Math.sign(comparePaths(other, one)));
        expect(comparePaths(one, other) === 0).toBe(one.equals(other));
        if (comparePaths(one, other) < 0 && comparePaths(other, third) < 0)
          expect(comparePaths(one, third)).toBeLessThan(0);
        expect(comparePaths(parentPath(one), one)).toBeLessThan(0);
      }),
    );
  });

  it.each(['/etc/passwd', '..', '../x', 'a/../../x', 'a/..', '.', './a', 'a//b', 'a/', '/', 'a\0b'])(
    'refuse %j as unsafe',
    (path) => {
      expect(() => checkEntryPath(Buffer.from(path), 'manifest')).toThrow(
        expect.objectContaining({ code: 'VAULT_PATH_UNSAFE' }),
      );
    },
  );

  it.each([`${'a/'.repeat(2048)}a`, 'a'.repeat(256)])(
    'refuse what no file system of ours can hold',
    (path) => {
      expect(() => checkEntryPath(Buffer.from(path), 'manifest')).toThrow(
        expect.objectContaining({ code: 'VAULT_OBJECT_DAMAGED' }),
      );
    },
  );

  it.each(['', 'a', 'a/b', '...', '.a/..b', 'a b/ü'])('accept %j', (path) => {
    expect(() => checkEntryPath(Buffer.from(path), 'manifest')).not.toThrow();
  });
});

import { describe, expect, it } from 'vitest';
import { copyBytes } from '../../../shared/domain/vault/copy-bytes.ts';

const memories = {
  own: (bytes: number) => Buffer.alloc(bytes),
  shared: (bytes: number) => Buffer.from(new SharedArrayBuffer(bytes, { maxByteLength: bytes })),
};
const kinds = Object.keys(memories) as (keyof typeof memories)[];

describe.each(kinds)('from %s memory', (from) => {
  it.each(kinds)('to %s memory goes all that is there, to its place and nowhere else', (to) => {
    const bytes = memories[from](5);
    bytes.write('bytes');
    const into = memories[to](9);

    copyBytes(into, 3, bytes);
    copyBytes(into, 9, bytes.subarray(0, 0));

    expect(into.toString('latin1')).toBe('\0\0\0bytes\0');
  });
});

it('refuses what has no room, and changes nothing', () => {
  const into = Buffer.alloc(4);

  expect(() => copyBytes(into, 2, Buffer.from('abc'))).toThrow('3 bytes have no room at 2 of 4');
  expect(into.equals(Buffer.alloc(4))).toBe(true);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blockAddress, blockSize, findBlockFault, sealBlock } from '../../../local/fake-rman/block.ts';

const sealed = (fill: Uint8Array, scn: number): Buffer => {
  const block = Buffer.alloc(blockSize);
  block.set(fill, 20);
  sealBlock(block, { type: 6, address: blockAddress(4, 77), scn });
  return block;
};

const wordsXor = (block: Buffer): number => {
  let xor = 0;
  for (let at = 0; at < block.length; at += 2) xor ^= block.readUInt16LE(at);
  return xor;
};

test('a sealed block is sound and its 16-bit words give zero under XOR, whatever it holds', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8000 }), fc.nat(2 ** 47), (fill, scn) => {
      const block = sealed(fill, scn);

      expect(wordsXor(block)).toBe(0);
      expect(findBlockFault(block, blockAddress(4, 77))).toBeUndefined();
    }),
    { numRuns: 50 },
  );
});

test('a changed bit anywhere in a block is found', () => {
  fc.assert(
    fc.property(fc.nat(blockSize - 1), fc.nat(7), (at, bit) => {
      const block = sealed(Buffer.from('content'), 1_700_000);
      block.writeUInt8(block.readUInt8(at) ^ (1 << bit), at);

      expect(findBlockFault(block, blockAddress(4, 77))).toBeDefined();
    }),
    { numRuns: 200 },
  );
});

test('a block of another day in its second half is found by the tail', () => {
  const old = sealed(Buffer.from('content'), 1_700_000);
  const fresh = sealed(Buffer.from('content'), 1_900_001);
  const torn = Buffer.concat([fresh.subarray(0, blockSize / 2), old.subarray(blockSize / 2)]);

  expect(findBlockFault(torn, blockAddress(4, 77))).toBe('has a tail that does not match its header');
});

test('a block at the wrong place is found by its address', () => {
  const block = sealed(Buffer.from('content'), 1_700_000);

  expect(findBlockFault(block, blockAddress(4, 78))).toContain('says it is at');
});

import { expect, test } from 'vitest';
import { makeTampering } from './tampering.ts';

test('no byte of any object of an encrypted point can be changed, and none be cut off, without being noticed', async () => {
  const { objects, expectHarmless } = await makeTampering();

  for (const [key, bytes] of objects) {
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8((flipped[at] ?? 0) ^ (1 << (at % 8)), at);
      expect(await expectHarmless(key, flipped, `${key} byte ${at}`)).toBe('refused');
      if (at % 16 === 0)
        expect(await expectHarmless(key, bytes.subarray(0, at), `${key} of ${at} bytes`)).toBe('refused');
    }
  }
});

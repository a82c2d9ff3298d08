import { expect, test } from 'vitest';
import { makeTampering } from './tampering.ts';

test('an object with a byte changed, or of another upload, is never restored as if it were right (S53)', async () => {
  const { objects, strangers, expectHarmless } = await makeTampering();

  expect(objects.map(([key]) => key.split('/')[5]?.slice(0, 4)).sort()).toEqual(['mani', 'maps', 'pack']);
  for (const [key, bytes] of objects) {
    const at = Math.floor(bytes.length / 2);
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8((flipped[at] ?? 0) ^ 1, at);
    expect(await expectHarmless(key, flipped, `${key} byte ${at}`)).toBe('refused');
    for (const [other, foreign] of strangers.filter(([name]) => name.split('/')[5] === key.split('/')[5])) {
      expect(await expectHarmless(key, foreign, `${key} as ${other}`)).toBe('refused');
    }
  }
  const [[key, bytes] = ['', Buffer.alloc(0)]] = objects;
  expect(await expectHarmless(key, bytes, key)).toBe('restored');
});

import { expect, test } from 'vitest';
import { mapInOrder } from '../../../gateway/mover/in-order.ts';
import { makeTampering } from './tampering.ts';

/** A restore waits for the disk most of the time. */
const restoresAtOnce = 8;

/** Every byte of every object changed in one bit, and every object cut off at one place in sixteen. */
function* forgeries(objects: readonly (readonly [key: string, bytes: Buffer])[]) {
  for (const [key, bytes] of objects) {
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8((flipped[at] ?? 0) ^ (1 << (at % 8)), at);
      yield { key, bytes: flipped, what: `${key} byte ${at}` };
      if (at % 16 === 0) yield { key, bytes: bytes.subarray(0, at), what: `${key} of ${at} bytes` };
    }
  }
}

test('no byte of any object of an encrypted point can be changed, and none be cut off, without being noticed', async () => {
  const { objects, expectHarmless } = await makeTampering();
  const sizes = objects.map(([, bytes]) => bytes.length + Math.ceil(bytes.length / 16));
  let refused = 0;

  const outcomes = mapInOrder(forgeries(objects), restoresAtOnce, async ({ key, bytes, what }) => ({
    what,
    outcome: await expectHarmless(key, bytes, what),
  }));
  for await (const { what, outcome } of outcomes) {
    expect(outcome, what).toBe('refused');
    refused++;
  }

  expect(refused).toBe(sizes.reduce((sum, size) => sum + size, 0));
});

import { expect, test } from 'vitest';
import { attempt, expectNoKeyTwice } from './attempts.ts';

test('no key is ever used for two contents, whatever happens between the attempts at an upload', async () => {
  const sent = await attempt(7);

  expectNoKeyTwice(sent);
  const salts = new Set(sent.map(({ salt }) => salt)).size;
  // Some were made again as they had been, others were not.
  expect(salts).toBeGreaterThan(3);
  expect(salts).toBeLessThan(sent.length);
});

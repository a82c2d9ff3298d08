import { expect, test } from 'vitest';
import { attempt, expectNoKeyTwice } from './attempts.ts';

test('no key is ever used for two contents in 200 attempts', async () => {
  const sent = await attempt(200);

  expectNoKeyTwice(sent);
  expect(sent.length).toBeGreaterThan(150);
});

import { expect, test } from 'vitest';
import { Doorbell } from '../../../gateway/polling/doorbell.ts';

const never = new AbortController().signal;
const long = 60_000;

test('a pause ends with a ring', async () => {
  const bell = new Doorbell();
  const pause = bell.pause(long, never);

  bell.ring();

  await expect(pause).resolves.toBeUndefined();
});

test('rings between two pauses end the next one, and only that', async () => {
  const bell = new Doorbell();
  const stopping = new AbortController();

  bell.ring();
  bell.ring();
  await bell.pause(long, never);

  let isOver = false;
  const pause = bell.pause(long, stopping.signal).then(() => {
    isOver = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  stopping.abort();
  await pause;
});

test('a pause ends by itself', async () => {
  await expect(new Doorbell().pause(1, never)).resolves.toBeUndefined();
});

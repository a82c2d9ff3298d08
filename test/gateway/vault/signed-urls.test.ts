import { expect, test } from 'vitest';
import { SignedUrls } from '../../../gateway/vault/signed-urls.ts';

function open() {
  const calls: (readonly string[])[] = [];
  let millis = 0;
  const sign = async (keys: readonly string[]) => {
    calls.push(keys);
    return new Map(keys.map((key) => [key, `${key}?${calls.length}`]));
  };
  const urls = new SignedUrls(sign, () => millis);
  return { urls, calls, wait: (more: number) => (millis += more) };
}

test('what is wanted together is signed together, with some of what comes next', async () => {
  const { urls, calls } = open();
  const next = Array.from({ length: 100 }, (_, index) => `next-${index}`);
  urls.foresee(() => next);

  expect(await Promise.all([urls.get('a'), urls.get('b'), urls.get('a')])).toEqual(['a?1', 'b?1', 'a?1']);

  expect(calls).toEqual([['a', 'b', ...next.slice(0, 16)]]);
  expect(urls.findKept('next-15')).toBe('next-15?1');
  expect(urls.findKept('next-16')).toBeUndefined();
});

test('a URL is used again until it is dropped or minutes old', async () => {
  const { urls, calls, wait } = open();
  await urls.get('a');

  expect([urls.findKept('a'), await urls.get('a')]).toEqual(['a?1', 'a?1']);
  urls.drop('a');
  expect([urls.findKept('a'), await urls.get('a')]).toEqual([undefined, 'a?2']);
  wait(5 * 60_000);
  expect([urls.findKept('a'), await urls.get('a')]).toEqual([undefined, 'a?3']);
  expect(calls).toHaveLength(3);
});

test('a key that was not signed is an error, and few URLs are kept of many', async () => {
  const { urls } = open();
  for (let index = 0; index < 1000; index++) await urls.get(`key-${index}`);
  expect(urls.findKept('key-0')).toBeUndefined();
  expect(urls.findKept('key-999')).toBeDefined();

  const none = new SignedUrls(async () => new Map());
  await expect(none.get('a')).rejects.toThrow('the service did not sign a');
});

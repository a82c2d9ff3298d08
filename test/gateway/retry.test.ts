import { expect, test } from 'vitest';
import { backoffMillis, repeatUntilDone } from '../../gateway/retry.ts';
import { Semaphore } from '../../gateway/semaphore.ts';
import { Serializer } from '../../gateway/serializer.ts';
import { Coalescer } from '../../gateway/service/coalescer.ts';

const pacing = (random: number) => ({ firstMillis: 100, maxMillis: 1000, random: () => random });

test('the wait doubles up to a maximum, and half of it is chance', () => {
  const waits = (random: number) =>
    [0, 1, 2, 3, 4, 1000].map((attempt) => backoffMillis(pacing(random), attempt));

  expect(waits(0)).toEqual([50, 100, 200, 400, 500, 500]);
  expect(waits(0.5)).toEqual([75, 150, 300, 600, 750, 750]);
});

test('an operation is repeated until it succeeds, each failure seen', async () => {
  const failures: unknown[] = [];
  let calls = 0;

  const result = await repeatUntilDone(
    { ...pacing(0), firstMillis: 1 },
    new AbortController().signal,
    async () => (++calls === 3 ? 'done' : Promise.reject(calls)),
    (error) => failures.push(error),
  );

  expect([result, failures]).toEqual(['done', [1, 2]]);
});

test('a wait between attempts ends when the signal is aborted', async () => {
  const controller = new AbortController();
  const waiting = repeatUntilDone(
    { firstMillis: 3_600_000, maxMillis: 3_600_000, random: () => 0 },
    controller.signal,
    () => Promise.reject(new Error('no')),
    () => setImmediate(() => controller.abort()),
  );

  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
});

test('what is asked for during a call goes together into the next, in batches of a limited size', async () => {
  const asked: (readonly number[])[] = [];
  const coalescer = new Coalescer<number, string>(async (items) => {
    asked.push(items);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return items.map(String);
  }, 3);
  const first = coalescer.get(0);
  await new Promise((resolve) => setTimeout(resolve, 1));

  const others = Promise.all([1, 2, 3, 4].map((item) => coalescer.get(item)));

  expect([await first, await others]).toEqual(['0', ['1', '2', '3', '4']]);
  expect(asked).toEqual([[0], [1, 2, 3], [4]]);
});

test('a call that fails fails those who asked, and the next one is made', async () => {
  let isBroken = true;
  const coalescer = new Coalescer<number, string>(async (items) => {
    if (isBroken) throw new Error('no');
    return items.map(String);
  }, 10);

  await expect(Promise.all([coalescer.get(1), coalescer.get(2)])).rejects.toThrow('no');
  isBroken = false;

  expect(await coalescer.get(3)).toBe('3');
});

test('tasks of one key run one after another, also after one failed; those of others do not wait', async () => {
  const serializer = new Serializer();
  const events: string[] = [];
  const task =
    (name: string, millis: number, fails = false) =>
    async () => {
      events.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, millis));
      events.push(`${name} ends`);
      if (fails) throw new Error(name);
    };

  await Promise.allSettled([
    serializer.run('a', task('first', 20, true)),
    serializer.run('a', task('second', 1)),
    serializer.run('b', task('other', 1)),
  ]);

  expect(events).toEqual([
    'first begins',
    'other begins',
    'other ends',
    'first ends',
    'second begins',
    'second ends',
  ]);
});

test('a semaphore lets no more tasks run than it has places, in the order in which they came', async () => {
  const semaphore = new Semaphore(2);
  const began: number[] = [];
  let running = 0;
  let most = 0;

  await Promise.all(
    [1, 2, 3, 4, 5].map((number) =>
      semaphore.run(async () => {
        began.push(number);
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 2));
        running--;
      }),
    ),
  );

  expect([began, most]).toEqual([[1, 2, 3, 4, 5], 2]);
});

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hashOfInputs, takeOrMake } from '../../local/start/kept-assemblies.ts';

let folder: string;
let made: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-kept-'));
  made = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (path: string, text: string) => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const take = (key: string, directory: string) =>
  takeOrMake({ cache: join(folder, 'cache'), key }, join(folder, directory), async (place) => {
    made.push(key);
    mkdirSync(join(place, 'deep'), { recursive: true });
    writeFileSync(join(place, 'deep', 'template.json'), key);
  });
const hash = (more = '') => hashOfInputs(join(folder, 'app'), ['infra', 'package.json'], more);

it('is made once for the same inputs, and whole in every place', async () => {
  await take('a', 'one');
  await take('a', 'two');

  expect(made).toEqual(['a']);
  expect([read('one/deep/template.json'), read('two/deep/template.json')]).toEqual(['a', 'a']);
});

it('replaces what an earlier start left in the place', async () => {
  await take('a', 'one');
  write('one/asset.old/index.mjs', 'old');
  await take('b', 'one');

  expect(readdirSync(join(folder, 'one'))).toEqual(['deep']);
  expect(read('one/deep/template.json')).toBe('b');
});

it('that could not be made is not kept', async () => {
  const fail = () => Promise.reject(new Error('the app cannot be synthesized'));
  const place = { cache: join(folder, 'cache'), key: 'a' };

  await expect(takeOrMake(place, join(folder, 'one'), fail)).rejects.toThrow('cannot be synthesized');
  await take('a', 'one');
  expect(made).toEqual(['a']);
});

it('the three used last are kept', async () => {
  for (const [age, key] of ['a', 'b', 'c', 'd'].entries()) {
    await take(key, 'one');
    utimesSync(join(folder, 'cache', key), age, age);
  }
  await take('b', 'one');
  await take('e', 'one');

  expect(readdirSync(join(folder, 'cache')).sort()).toEqual(['b', 'd', 'e']);
});

it('depends on the name and the content of every input, and on what is said besides', async () => {
  write('app/infra/stacks/api.ts', 'api');
  write('app/package.json', '{}');
  const first = await hash();
  const seen = [first, await hash('other stage')];
  write('app/infra/stacks/api.ts', 'apis');
  seen.push(await hash());
  write('app/infra/stacks/alarm.ts', '');
  seen.push(await hash());
  write('app/README.md', 'no input');

  expect(new Set(seen).size).toBe(4);
  expect(await hash()).toBe(seen.at(-1));
});

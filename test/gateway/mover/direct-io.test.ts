import { closeSync, constants, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pageAligned, readWindow, writeAt } from '../../../gateway/mover/threads/direct-io.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { temporaryFolder } from './mover-fixtures.ts';

const content = randomBytes('direct', 300_001);
/** Memory that no file system takes past its cache. */
const unaligned = () => Buffer.alloc(2 ** 20).subarray(1);

async function newFile() {
  const path = join(await temporaryFolder(), 'file');
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT);
  const direct = openSync(path, constants.O_RDWR | constants.O_DIRECT);
  ftruncateSync(fd, content.length);
  onTestFinished(() => [fd, direct].forEach(closeSync));
  return { path, file: { fd, direct } };
}

describe('writing and reading past the page cache', () => {
  it.each([
    ['from the beginning to the end', [0, content.length]],
    ['within a page', [100, 200]],
    ['over the borders of pages', [5000, 200_007]],
    ['small pieces that share pages', [2048, 4096, 70_000, 72_048, 150_003, 150_004]],
  ])('leaves exactly the bytes that were written: %s', async (_, cuts) => {
    const { path, file } = await newFile();
    const window = pageAligned(2 ** 20);
    const borders = [0, ...cuts, content.length];

    borders.slice(1).forEach((to, index) => {
      const from = borders[index] ?? 0;
      writeAt(file, content.subarray(from, to), from, window);
    });

    expect(readFileSync(path).equals(content)).toBe(true);
    const read = readWindow(file, window, { offset: 4096, length: content.length - 4096 });
    expect(read?.equals(content.subarray(4096))).toBe(true);
  });

  it('goes through the cache where the file system refuses', async () => {
    const { path, file } = await newFile();

    writeAt(file, content, 0, unaligned());

    expect(readFileSync(path).equals(content)).toBe(true);
    expect(readWindow(file, unaligned(), { offset: 0, length: content.length })?.equals(content)).toBe(true);
  });

  it('says that the file ends before', async () => {
    const { file } = await newFile();
    const window = pageAligned(2 ** 20);

    expect(readWindow(file, window, { offset: 4096, length: content.length })).toBeUndefined();
    expect(readWindow(file, window, { offset: 2 ** 20, length: 1 })).toBeUndefined();
  });
});

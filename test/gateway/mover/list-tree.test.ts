import { appendFile, chmod, mkdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertSameTree, listTree } from '../../../gateway/mover/upload/list-tree.ts';
import { comparePaths } from '../../../shared/domain/vault/entry-path.ts';
import { moverError, temporaryFolder } from './mover-fixtures.ts';
import { makeSampleTree } from './sample-tree.ts';

describe('the listing of a tree', () => {
  it('is in the order of a manifest and holds everything once', async () => {
    const root = await temporaryFolder();
    await makeSampleTree(root);

    const listing = await listTree(root);

    const paths = listing.map((entry) => entry.path);
    expect(paths.toSorted(comparePaths)).toEqual(paths);
    expect(new Set(paths.map((path) => path.toString('latin1'))).size).toBe(19);
    expect(listing.find((entry) => entry.path.equals(Buffer.from('relative')))).toMatchObject({
      type: 'symlink',
      target: Buffer.from('db/compressible'),
    });
    expect(listing.find((entry) => entry.path.equals(Buffer.from('pipe')))).toMatchObject({ type: 'pipe' });
  });

  it('is equal to another of the same tree', async () => {
    const root = await temporaryFolder();
    await makeSampleTree(root);

    const [one, other] = [await listTree(root), await listTree(root)];

    expect(() => assertSameTree(one, other)).not.toThrow();
  });

  it.each<[string, string, (root: string) => Promise<unknown>]>([
    ['file that grew', 'b', (root) => appendFile(join(root, 'b'), 'more')],
    ['file that shrank', 'b', (root) => truncate(join(root, 'b'), 1)],
    ['file that was rewritten in place', 'b', (root) => writeFile(join(root, 'b'), 'B')],
    [
      'file that was replaced',
      'b',
      (root) => writeFile(join(root, 'n'), 'b').then(() => rename(join(root, 'n'), join(root, 'b'))),
    ],
    ['file that became a link', 'b', (root) => rm(join(root, 'b')).then(() => symlink('a', join(root, 'b')))],
    ['file that was removed', 'b', (root) => rm(join(root, 'b'))],
    ['file that was touched', 'b', (root) => utimes(join(root, 'b'), 1, 1)],
    ['file that got another mode', 'b', (root) => chmod(join(root, 'b'), 0o600)],
    ['new file', 'new', (root) => writeFile(join(root, 'new'), '')],
    ['new file at the end', 'z', (root) => writeFile(join(root, 'z'), '')],
    ['new file further down', 'folder/new', (root) => writeFile(join(root, 'folder/new'), '')],
    [
      'file that came and went',
      '',
      (root) => writeFile(join(root, 'new'), '').then(() => rm(join(root, 'new'))),
    ],
    ['removed folder', 'folder', (root) => rm(join(root, 'folder'), { recursive: true })],
  ])('tells a %s by its path', async (_, path, change) => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'folder'));
    for (const name of ['a', 'b', 'c', 'folder/d']) await writeFile(join(root, name), `${name}${name}`);
    const frozen = await listTree(root);

    await change(root);

    const current = await listTree(root);
    expect(() => assertSameTree(frozen, current)).toThrow(
      expect.objectContaining(moverError('SNAPSHOT_FILE_CHANGED', path)),
    );
  });
});

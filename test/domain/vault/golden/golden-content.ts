import { hash } from 'node:crypto';
import { chmod, link, lutimes, mkdir, open, symlink, utimes, writeFile } from 'node:fs/promises';

/** What the golden vault holds. */
export const block = 8192;
const border = 256 * 2 ** 20;

/** Bytes that do not compress, the same for ever. */
export const noise = (seed: string, length: number): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(length / 64) }, (_, index) =>
      hash('sha512', `golden ${seed} ${index}`, 'buffer'),
    ),
  ).subarray(0, length);

/** A block that compresses. */
export const textBlock = (number: number, change = 0): Buffer =>
  Buffer.alloc(block, `block ${number} as of change ${change}; `);

export const freshContent = noise('fresh', 5000);

/** `db/system.dbf` of the first snapshot. */
export const systemBefore = Buffer.concat([0, 1, 2, 3, 4].map((number) => textBlock(number)));
/** And of the second: blocks 1 and 3 changed, a block of zeros and part of one more at the end. */
export const systemAfter = Buffer.concat([
  textBlock(0),
  textBlock(1, 1),
  textBlock(2),
  textBlock(3, 1),
  textBlock(4),
  Buffer.alloc(block),
  textBlock(6, 1).subarray(0, 1000),
]);

/** The tree of the first snapshot. */
export async function makeGoldenTree(root: string): Promise<void> {
  const at = (name: Buffer | string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name)]);
  const latin = Buffer.from('latín', 'latin1');
  await mkdir(at('db'), { recursive: true });
  await writeFile(at('db/piece.bkp'), noise('piece', 20_000));
  await writeFile(at('db/system.dbf'), systemBefore);
  await writeFile(at('db-not-in-db'), 'sorts after what is in db');
  await writeFile(at('empty'), '');
  await writeFile(at('gone'), 'only in the first');
  await writeFile(at(latin), 'a name that is not UTF-8');
  await link(at('db/piece.bkp'), at('db/piece.link'));
  await symlink('db/piece.bkp', at('to piece'));
  const sparse = await open(at('sparse'), 'w');
  await sparse.truncate(border + 3 * block);
  await sparse.write(noise('border', 2 * block), 0, 2 * block, border - block);
  await sparse.close();
  await chmod(at('db/system.dbf'), 0o640);
  await chmod(at('db'), 0o2750);
  const time = 1_748_779_200.25;
  await lutimes(at('to piece'), 0, time);
  for (const name of [
    'db/system.dbf',
    'db/piece.bkp',
    'db-not-in-db',
    'empty',
    'gone',
    latin,
    'sparse',
    'db',
    '',
  ]) {
    await utimes(at(name), 0, time);
  }
}

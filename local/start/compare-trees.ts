import { type BigIntStats, createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** What differs between two folders, in order of path; empty when every name, byte, mode, owner and time is the same. */
export async function compareTrees(expected: string, found: string): Promise<string[]> {
  const [expectedPaths, foundPaths] = [await listTree(expected), await listTree(found)];
  const differences = [...symmetricDifference(expectedPaths, foundPaths)];
  for (const path of expectedPaths.filter((path) => foundPaths.includes(path))) {
    const difference = await compareEntry(join(expected, path), join(found, path));
    if (difference !== undefined) differences.push(`${path || '.'}: ${difference}`);
  }
  return differences;
}

async function listTree(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true });
  return ['', ...names].sort();
}

function* symmetricDifference(expected: readonly string[], found: readonly string[]): Generator<string> {
  for (const path of new Set(expected).difference(new Set(found))) yield `${path}: missing`;
  for (const path of new Set(found).difference(new Set(expected))) yield `${path}: not in the source`;
}

async function compareEntry(expected: string, found: string): Promise<string | undefined> {
  const [a, b] = await Promise.all([expected, found].map((path) => lstat(path, { bigint: true })));
  if (a === undefined || b === undefined) return 'cannot be read';
  const facts = factsOf(a);
  const others = factsOf(b);
  for (const [name, value] of Object.entries(facts)) {
    if (others[name] !== value) return `${name} is ${others[name]}, not ${value}`;
  }
  if (a.isSymbolicLink())
    return (await readlink(expected)) === (await readlink(found)) ? undefined : 'target differs';
  return a.isFile() ? compareBytes(expected, found) : undefined;
}

function factsOf(stats: BigIntStats): Record<string, bigint | undefined> {
  return {
    'type and mode': stats.mode,
    uid: stats.uid,
    gid: stats.gid,
    size: stats.isFile() ? stats.size : undefined,
    'modification time': stats.mtimeNs,
  };
}

async function compareBytes(expected: string, found: string): Promise<string | undefined> {
  const options = { highWaterMark: 2 ** 20 };
  const others = createReadStream(found, options)[Symbol.asyncIterator]();
  let rest = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of createReadStream(expected, options)) {
    while (rest.length < chunk.length) {
      const next = await others.next();
      if (next.done) return `ends at byte ${offset + rest.length}`;
      rest = Buffer.concat([rest, next.value]);
    }
    if (!rest.subarray(0, chunk.length).equals(chunk)) return `content differs after byte ${offset}`;
    rest = rest.subarray(chunk.length);
    offset += chunk.length;
  }
  return undefined;
}

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** About 20 MB each; whoever switches between branches finds those of the last few. */
const keptAtMost = 3;

/** SHA-256 over the names and contents of all files that stand under the given paths, and over `more`. */
export async function hashOfInputs(root: string, paths: readonly string[], more: string): Promise<string> {
  const hash = createHash('sha256').update(more);
  for (const path of paths) {
    for (const file of await filesUnder(join(root, path))) {
      // Length first: no content can be taken for the next file's name.
      const bytes = await readFile(file);
      hash.update(`\n${file.slice(root.length)} ${bytes.length}\n`).update(bytes);
    }
  }
  return hash.digest('hex');
}

async function filesUnder(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Puts into `directory` what `make` writes for these inputs: from the copy that an earlier start kept under `cache`,
 * or made now and kept. Starts side by side may each make it; the first one's is kept.
 */
export async function takeOrMake(
  { cache, key }: { readonly cache: string; readonly key: string },
  directory: string,
  make: (directory: string) => Promise<void>,
): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const kept = join(cache, key);
  if (existsSync(kept)) {
    await utimes(kept, new Date(), new Date());
    await cp(kept, directory, { recursive: true });
    return;
  }
  await make(directory);
  await keep(directory, kept);
}

async function keep(directory: string, kept: string): Promise<void> {
  const cache = dirname(kept);
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'draft-'));
  await cp(directory, draft, { recursive: true });
  await rename(draft, kept).catch(() => rm(draft, { recursive: true, force: true }));
  await forgetOldest(cache);
}

async function forgetOldest(cache: string): Promise<void> {
  const found = await Promise.all(
    (await readdir(cache)).map(async (name) => {
      const path = join(cache, name);
      const facts = await stat(path).catch(() => undefined);
      return { path, usedAt: facts?.mtimeMs ?? 0 };
    }),
  );
  const oldest = found.sort((a, b) => b.usedAt - a.usedAt).slice(keptAtMost);
  await Promise.all(oldest.map(({ path }) => rm(path, { recursive: true, force: true })));
}

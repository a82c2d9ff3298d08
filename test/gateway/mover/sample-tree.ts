import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  chown,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';

/** A folder with one of everything that a mount can hold. */
export async function makeSampleTree(root: string): Promise<void> {
  await mkdir(join(root, 'db/autobackup'), { recursive: true });
  await mkdir(join(root, 'db-archive'));
  await mkdir(join(root, 'empty folder'));
  await writeFile(join(root, 'db/data_D-ORCL_FNO-1'), randomBytes('datafile', 3 * 2 ** 20 + 12_345));
  await writeFile(join(root, 'db/compressible'), 'block '.repeat(400_000));
  await writeFile(join(root, 'db/autobackup/c-1-20260131-00'), randomBytes('control', 100));
  await writeFile(join(root, 'db-archive/1_1.arc'), Buffer.alloc(70_000));
  await writeFile(join(root, 'empty'), '');
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x6e, 0xe9, 0xff])]), 'not UTF-8');
  await writeFile(join(root, 'ümläut ☃'), 'UTF-8');
  await writeSparse(join(root, 'sparse'), 9 * 2 ** 20 + 5, [
    [0, 'first'],
    [5 * 2 ** 20 + 8192, 'middle'],
    [9 * 2 ** 20, 'last'],
  ]);
  await link(join(root, 'db/compressible'), join(root, 'db/also compressible'));
  await link(join(root, 'db/compressible'), join(root, 'z'));
  await symlink('db/compressible', join(root, 'relative'));
  await symlink('/etc/passwd', join(root, 'absolute'));
  await symlink('../../outside', join(root, 'db/dangling'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  await setFacts(root);
}

async function setFacts(root: string): Promise<void> {
  if (process.geteuid?.() === 0) await chown(join(root, 'db/compressible'), 54_321, 54_322);
  await chmod(join(root, 'db/data_D-ORCL_FNO-1'), 0o4750);
  await chmod(join(root, 'empty'), 0o000);
  await utimes(join(root, 'db/data_D-ORCL_FNO-1'), 1, 1_700_000_000.123_456_7);
  await utimes(join(root, 'empty'), 1, new Date('1969-07-20T20:17:40.123Z'));
  await lutimes(join(root, 'relative'), 1, 1_234_567_890.5);
  await chmod(join(root, 'db/autobackup'), 0o2555);
  await utimes(join(root, 'db/autobackup'), 1, 1_600_000_000.25);
  await utimes(join(root, 'db'), 1, 1_500_000_000.75);
  await chmod(root, 0o770);
  await utimes(root, 1, 1_400_000_000.125);
}

/** A file of zeros that take no space, but for the texts at their offsets. */
export async function writeSparse(
  path: string,
  size: number,
  texts: readonly (readonly [number, string])[],
): Promise<void> {
  const handle = await open(path, 'w');
  await handle.truncate(size);
  for (const [offset, text] of texts) await handle.write(text, offset);
  await handle.close();
}

/** Everything that a restore gives back, path by path; sockets, pipes and devices left out. */
export async function factsOf(root: string): Promise<Record<string, unknown>> {
  const facts: Record<string, unknown> = {};
  const firstNames = new Map<bigint, string>();
  const visit = async (path: Buffer, name: string): Promise<void> => {
    const stats = await lstat(path, { bigint: true });
    if (stats.isFIFO() || stats.isSocket()) return;
    const common = { mode: stats.mode, uid: stats.uid, gid: stats.gid, mtimeNs: stats.mtimeNs };
    if (stats.isDirectory()) {
      facts[name] = common;
      for (const child of (await readdir(path, { encoding: 'buffer' })).sort(Buffer.compare)) {
        await visit(Buffer.concat([path, Buffer.from('/'), child]), `${name}/${child.toString('latin1')}`);
      }
    } else if (stats.isSymbolicLink()) facts[name] = { ...common, target: await readlink(path) };
    else {
      const first = firstNames.get(stats.ino) ?? name;
      firstNames.set(stats.ino, first);
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      facts[name] = { ...common, size: stats.size, sha256, first };
    }
  };
  await visit(Buffer.from(root), '');
  return facts;
}

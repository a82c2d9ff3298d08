import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MemoryVault } from './memory-vault.ts';
import { restore, temporaryFolder, upload } from './mover-fixtures.ts';
import { factsOf, writeSparse } from './sample-tree.ts';

const mebibyte = 2 ** 20;
const kept = "the owner's files";

afterEach(() => vi.unstubAllEnvs());

async function arrange() {
  const folder = await temporaryFolder();
  const [root, vault] = [join(folder, 'source'), new MemoryVault()];
  await mkdir(root);
  await writeFile(join(root, "big 'ä\n1"), Buffer.alloc(16 * mebibyte, kept));
  await writeFile(join(root, 'big 2'), Buffer.alloc(17 * mebibyte, kept));
  await writeFile(join(root, 'small'), Buffer.alloc(mebibyte, kept));
  await writeSparse(join(root, 'sparse'), 32 * mebibyte, [[3 * mebibyte, 'data']]);
  // Whole seconds need no shell.
  for (const name of [...(await readdir(root)), '.'])
    await utimes(join(root, name), 1_700_000_000, 1_700_000_000);
  const { manifestSha256 } = await upload(root, vault);
  const destination = join(folder, 'restored');
  const calls = join(folder, 'calls');
  return {
    ...{ destination, vault, folder },
    /** PATH has this `fallocate`, and what it is called with. */
    useCommand: async (script: string) => {
      const bin = join(folder, 'bin');
      await mkdir(bin);
      for (const tool of ['bash', 'touch', 'timeout'])
        await symlink(
          execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(),
          join(bin, tool),
        );
      await writeFile(
        join(bin, 'fallocate'),
        `#!${join(bin, 'bash')}\n${script.replace('CALLS', `'${calls}'`)}\n`,
      );
      await chmod(join(bin, 'fallocate'), 0o755);
      vi.stubEnv('PATH', bin);
    },
    run: () => restore(vault, manifestSha256, destination),
    calls: async () => (await readFile(calls, 'utf8')).split('\0').slice(0, -1),
    facts: async () => [await factsOf(destination), await factsOf(root)],
  };
}

describe('the space of a restore', () => {
  it('is asked for at once for large files, under any name, and not for holes', async () => {
    const { useCommand, run, calls, facts, destination } = await arrange();
    await useCommand('printf "%s\\0" "$@" >> CALLS');

    await run();

    expect(await calls()).toEqual([
      ...['-l', String(16 * mebibyte), '--', join(destination, "big 'ä\n1")],
      ...['-l', String(17 * mebibyte), '--', join(destination, 'big 2')],
    ]);
    const [restored, original] = await facts();
    expect(restored).toEqual(original);
  });

  it('is waited for while maps are fetched, and before the first content', async () => {
    const { useCommand, run, calls, facts, vault, folder } = await arrange();
    const mapAsked = join(folder, 'map-asked');
    // Ended by its time limit when nobody asks for a map meanwhile: then no more is asked for.
    await useCommand(`while [[ ! -e '${mapAsked}' ]]; do :; done; printf "%s\\0" "$2" >> CALLS`);
    const doneBeforePacks: number[] = [];
    vault.beforeGet = async (key) => {
      if (key.includes('/maps/')) await writeFile(mapAsked, '');
      if (key.includes('/packs/')) doneBeforePacks.push((await calls()).length);
    };

    await run();

    expect(doneBeforePacks.length).toBeGreaterThan(0);
    expect(new Set(doneBeforePacks)).toEqual(new Set([2]));
    const [restored, original] = await facts();
    expect(restored).toEqual(original);
  });

  it.each([
    ['cannot be had at once', 'exit 1'],
    ['is asked for by a command that dies', 'kill -9 $$'],
  ])('may be one that %s, and is asked for no more then', async (_, end) => {
    const { useCommand, run, calls, facts } = await arrange();
    await useCommand(`printf "%s\\0" "$2" >> CALLS; ${end}`);

    await run();

    expect(await calls()).toEqual([String(16 * mebibyte)]);
    const [restored, original] = await facts();
    expect(restored).toEqual(original);
  });

  it('may be one that nobody asks for, where there is no shell', async () => {
    const { run, facts } = await arrange();
    vi.stubEnv('PATH', '/nowhere');

    await run();
    vi.unstubAllEnvs();

    const [restored, original] = await facts();
    expect(restored).toEqual(original);
  });
});

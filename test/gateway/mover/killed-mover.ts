import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { temporaryFolder } from './mover-fixtures.ts';
import { factsOf } from './sample-tree.ts';

const mebibyte = 2 ** 20;
/** Node with the types stripped in three threads takes 140 MB before it has read a byte; the file has 170 MiB. */
const memoryLimit = 300 * mebibyte;

interface Line {
  readonly stored?: string;
  readonly fetched?: string;
  readonly result?: { readonly manifestSha256?: string };
  readonly mostResidentBytes?: number;
}

type Environment = Readonly<Record<string, string>>;

const starting =
  (environment: Environment) =>
  (...parts: string[]): ChildProcess =>
    spawn(process.execPath, [join(import.meta.dirname, 'mover-process.ts'), ...parts], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });

async function* linesOf(child: ChildProcess): AsyncGenerator<Line> {
  if (!child.stdout) throw new Error('the process has no output');
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line);
}

const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));

async function killAfter(child: ChildProcess, isTheMoment: (line: Line) => boolean): Promise<void> {
  const exit = ended(child);
  for await (const line of linesOf(child)) if (isTheMoment(line)) child.kill('SIGKILL');
  await exit;
  expect(child.signalCode).toBe('SIGKILL');
}

async function run(child: ChildProcess): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of linesOf(child)) lines.push(line);
  return lines;
}

/** An upload and a restore, each killed by SIGKILL and taken up by another process: nothing twice, and little memory. */
export async function expectGoesOn(environment: Environment = {}): Promise<void> {
  const start = starting(environment);
  const folder = await temporaryFolder();
  const [root, vault, destination] = [
    join(folder, 'source'),
    join(folder, 'vault'),
    join(folder, 'restored'),
  ];
  await mkdir(root);
  const handle = await open(join(root, 'large'), 'w');
  for (let index = 0; index < 50; index += 10)
    await handle.write(randomBytes(`${index}`, 10 * mebibyte), 0, 10 * mebibyte, index * 4 * mebibyte);
  await handle.close();

  await killAfter(start('upload', root, vault), (line) => line.stored === 'pack 1');
  const uploaded = await run(start('upload', root, vault));
  const manifest = uploaded.at(-1)?.result?.manifestSha256 ?? '';
  await killAfter(
    start('restore', vault, manifest, destination),
    (line) => line.fetched?.includes('/packs/00000002') ?? false,
  );
  const restored = await run(start('restore', vault, manifest, destination));

  expect(await factsOf(destination)).toEqual(await factsOf(root));
  const names = await readdir(vault, { recursive: true });
  expect(names.filter((name) => /\/packs\/\d{8}-[0-9a-f]{64}$/.test(name)).length).toBe(4);
  expect((await readdir(folder)).sort()).toEqual(['restored', 'source', 'vault']);
  for (const lines of [uploaded, restored]) expect(lines.at(-1)?.mostResidentBytes).toBeLessThan(memoryLimit);
}

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { hashOfInputs } from '../../local/start/kept-assemblies.ts';
import { bundleProgram } from '../../scripts/package/bundle.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The gateway's program, bundled as the package is. */
    readonly gatewayProgram: string;
  }
}

const root = join(import.meta.dirname, '..', '..');
const cache = join(root, 'node_modules', '.cache', 'tested-gateways');
/** Everything that the bundle is made from. */
const inputs = ['gateway', 'shared', 'package-lock.json', 'package.json', 'scripts/package/bundle.ts'];
const dayMillis = 86_400_000;

/** Before all tests, and again before those that a watcher repeats: from the source, a gateway takes twice as long to start. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('gatewayProgram', await bundleGateway());
  project.onTestsRerun(async () => project.provide('gatewayProgram', await bundleGateway()));
}

/** At a place named by what it is made from: there Node finds again what it compiled. */
async function bundleGateway(): Promise<string> {
  const folder = join(cache, await hashOfInputs(root, inputs, process.version));
  const program = join(folder, 'main.mjs');
  if (existsSync(folder)) {
    await utimes(folder, new Date(), new Date());
    return program;
  }
  await mkdir(cache, { recursive: true });
  await forgetOld();
  const draft = await mkdtemp(join(cache, 'draft-'));
  const { files } = await bundleProgram('gateway/main.ts');
  await Promise.all([...files].map(([name, content]) => writeFile(join(draft, name), content)));
  // Another run may have been faster.
  await rename(draft, folder).catch(() => rm(draft, { recursive: true }));
  await compile(program);
  return program;
}

/** Most gateways of tests are killed, and Node keeps what it compiled only when a program ends by itself. */
async function compile(program: string): Promise<void> {
  const run = promisify(execFile);
  const worker = join(program, '..', 'pool-worker.mjs');
  const warmWorker = join(import.meta.dirname, 'warm-compile-cache.ts');
  await Promise.all([
    run(process.execPath, [program, '--help']),
    run(process.execPath, [warmWorker, worker]),
  ]);
}

async function forgetOld(): Promise<void> {
  for (const name of await readdir(cache)) {
    const folder = join(cache, name);
    const { mtimeMs } = await stat(folder);
    if (mtimeMs < Date.now() - dayMillis) await rm(folder, { recursive: true });
  }
}

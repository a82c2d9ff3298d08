import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire, getCompileCacheDir } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { OrphanGuard } from './orphan-guard.ts';
import { COMPILE_CACHE } from './runtime/compile-cache.ts';
import { type TemporaryFolder, takeTemporaryFolder } from './temporary-folder.ts';
import type { CodeFile } from './unzip-code.ts';

/** The name of a folder by its content. */
const CDK_ASSET = /^asset\.[0-9a-f]{64}$/;

/**
 * Private copies of the functions' code, away from the project and the data folder. Inside a project, Node would
 * find the project's `node_modules` and the `type` of its package.json, so code that fails on Lambda (a dependency
 * left out of the bundle, an `index.js` of the wrong module kind) would run here. What it does find is the AWS SDK,
 * which is a part of Lambda's runtime.
 */
export class Deployment {
  readonly root: string;
  /** Ends environments, and removes all of this, when this process is killed. */
  readonly guard: OrphanGuard;
  readonly #folder: TemporaryFolder;
  readonly #copies = new Map<string, Promise<string>>();
  #count = 0;

  static async create(): Promise<Deployment> {
    runtimeBundle ??= bundleRuntime();
    const runtime = await runtimeBundle;
    const deployment = new Deployment(await takeTemporaryFolder('holdfast-lambda-'));
    await writeFile(deployment.runtime, runtime);
    await linkSdk(join(deployment.root, 'node_modules'));
    await linkCompileCache(join(deployment.root, COMPILE_CACHE));
    return deployment;
  }

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.root = folder.path;
    this.guard = new OrphanGuard(this.root);
  }

  /** The program that each environment runs. */
  get runtime(): string {
    return join(this.root, 'runtime.mjs');
  }

  /** A copy of the folder; functions with the same folder share it. */
  copy(codeDirectory: string): Promise<string> {
    const known = this.#copies.get(codeDirectory);
    if (known !== undefined) return known;
    const name = basename(codeDirectory);
    // What Node compiled for an earlier deployment of the same code is found again where it has the same name.
    const taskRoot = CDK_ASSET.test(name) ? join(this.root, name) : this.#nextFolder();
    const copied = cp(codeDirectory, taskRoot, { recursive: true, dereference: true }).then(() => taskRoot);
    this.#copies.set(codeDirectory, copied);
    return copied;
  }

  /** Writes the files of an archive to a folder of their own. */
  async write(files: readonly CodeFile[]): Promise<string> {
    const taskRoot = this.#nextFolder();
    await mkdir(taskRoot);
    for (const { path, content, isExecutable } of files) {
      const file = join(taskRoot, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content, { mode: isExecutable ? 0o755 : 0o644 });
    }
    return taskRoot;
  }

  /** A folder for the temporary files of one environment. It does not exist yet. */
  nextScratch(): string {
    return this.#nextFolder();
  }

  async remove(taskRoot: string): Promise<void> {
    await rm(taskRoot, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    this.guard.close();
    await this.#folder.remove();
  }

  #nextFolder(): string {
    this.#count += 1;
    return join(this.root, String(this.#count));
  }
}

let runtimeBundle: Promise<string> | undefined;

/** Bundled once: every environment would otherwise load what strips types, half of its start. */
async function bundleRuntime(): Promise<string> {
  const entry = fileURLToPath(new URL('./runtime/bootstrap.ts', import.meta.url));
  const { outputFiles } = await build({
    ...{ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', write: false },
  });
  return outputFiles.map(({ text }) => text).join('');
}

/** The scopes of the SDK, with those of its clients that are installed here. */
const SDK_SCOPES = ['@aws-sdk', '@smithy'];

async function linkSdk(packages: string): Promise<void> {
  const client = createRequire(import.meta.url).resolve('@aws-sdk/client-s3/package.json');
  const installed = dirname(dirname(dirname(client)));
  await mkdir(packages);
  for (const scope of SDK_SCOPES) await symlink(join(installed, scope), join(packages, scope), 'dir');
}

/** Where this process keeps what Node compiles, its functions do so as well: half of a cold start. */
async function linkCompileCache(link: string): Promise<void> {
  const own = getCompileCacheDir();
  if (own === undefined) return;
  const kept = join(dirname(own), 'functions');
  await mkdir(kept, { recursive: true });
  await symlink(kept, link, 'dir');
}

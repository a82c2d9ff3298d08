import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..', '..');

/**
 * What tests start again and again, and kill: Node keeps what it compiled of a program when that ends by itself. These are
 * the worker threads of gateways that run in the tests' own processes.
 */
const killedPrograms = [['test/support/warm-compile-cache.ts', 'gateway/mover/threads/pool-worker.ts']];

/** Before all tests, once in a clone: what is edited later, Node compiles anew. */
export async function setup(): Promise<void> {
  const { NODE_COMPILE_CACHE: cache = '' } = process.env;
  const mark = join(cache, 'has-killed-programs');
  if (cache === '' || existsSync(mark)) return;
  const run = promisify(execFile);
  await Promise.all(killedPrograms.map((program) => run(process.execPath, program, { cwd: root })));
  writeFileSync(mark, '');
}

/** What a program may have of this process's environment when it is to know nothing of the machine. */
export const compileCache = (): { readonly NODE_COMPILE_CACHE?: string } => {
  const { NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
};

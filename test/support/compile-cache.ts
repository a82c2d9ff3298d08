import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..', '..');

/**
 * Programs that tests start again and again, and kill: Node keeps what it compiled of a program when that ends by
 * itself. A gateway that finds it takes 0.4 s of processor time to start, and 0.9 s without.
 */
const killedPrograms = [['gateway/main.ts', '--help'], ['test/support/warm-compile-cache.ts']];

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

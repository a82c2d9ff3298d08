import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Private copies of the functions' code. */
export interface Deployment {
  /** Folder that LAMBDA_TASK_ROOT names for a function with this code folder. */
  taskRoot(codeDirectory: string): string;
  remove(): Promise<void>;
}

/**
 * Copies code away from the project before it runs. Inside the project, Node would find the project's
 * `node_modules` and the `type` of its package.json, so code that fails on Lambda (a dependency left out of the
 * bundle, an `index.js` of the wrong module kind) would run here.
 */
export async function deployCode(codeDirectories: readonly string[]): Promise<Deployment> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-lambda-'));
  const taskRoots = new Map<string, string>();
  for (const directory of new Set(codeDirectories)) {
    const taskRoot = join(root, `task-${taskRoots.size + 1}`);
    await cp(directory, taskRoot, { recursive: true, dereference: true });
    taskRoots.set(directory, taskRoot);
  }
  return {
    taskRoot(codeDirectory) {
      const taskRoot = taskRoots.get(codeDirectory);
      if (taskRoot === undefined) throw new Error(`No code was deployed from ${codeDirectory}.`);
      return taskRoot;
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

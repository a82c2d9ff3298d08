import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A backup program that is measured beside ours, in a folder of its own. */
export interface Contender {
  readonly name: 'borg' | 'restic';
  prepare(): Promise<void>;
  backUp(source: string, day: number): Promise<void>;
  /** What was restored before is removed, which is no part of anybody's time. */
  clear(): void;
  restore(day: number): Promise<void>;
}

/** How each tells its version: to the other's way of asking it answers with an error. */
const versionCall = { borg: '--version', restic: 'version' } as const;

const isInstalled = (program: Contender['name']): boolean =>
  spawnSync(program, [versionCall[program]]).status === 0;

/** Those of them that this machine has. */
export function findContenders(directory: string): Contender[] {
  return [restic(directory), borg(directory)].filter(({ name }) => isInstalled(name));
}

function restic(directory: string): Contender {
  const repository = join(directory, 'restic');
  const cache = join(directory, 'restic-cache');
  const env = { RESTIC_REPOSITORY: repository, RESTIC_PASSWORD: 'bench', RESTIC_CACHE_DIR: cache };
  return {
    name: 'restic',
    async prepare() {
      for (const folder of [repository, cache]) rmSync(folder, { recursive: true, force: true });
      await run('restic', ['init'], directory, env);
    },
    backUp: (source, day) => run('restic', ['backup', '--tag', `day${day}`, '.'], source, env),
    clear: () => clear(restoredIn(directory)),
    restore: (day) =>
      run(
        'restic',
        ['restore', 'latest', '--tag', `day${day}`, '--target', restoredIn(directory)],
        directory,
        env,
      ),
  };
}

function borg(directory: string): Contender {
  const repository = join(directory, 'borg');
  const env = { BORG_REPO: repository, BORG_BASE_DIR: join(directory, 'borg-base') };
  return {
    name: 'borg',
    async prepare() {
      rmSync(repository, { recursive: true, force: true });
      await run('borg', ['init', '--encryption', 'none'], directory, env);
    },
    backUp: (source, day) => run('borg', ['create', '--compression', 'lz4', `::day${day}`, '.'], source, env),
    clear: () => clear(restoredIn(directory)),
    restore: (day) => run('borg', ['extract', `::day${day}`], restoredIn(directory), env),
  };
}

const restoredIn = (directory: string): string => join(directory, 'restored');

function clear(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
}

/** Not `spawnSync`: the local AWS of this process would lose its connections meanwhile, and the next turn pay for it. */
async function run(program: string, args: string[], cwd: string, env: Record<string, string>): Promise<void> {
  await promisify(execFile)(program, args, { cwd, env: { ...process.env, ...env } });
}

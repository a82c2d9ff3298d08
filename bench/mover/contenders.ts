import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A backup program that is measured beside ours, in a folder of its own. */
export interface Contender {
  readonly name: 'borg' | 'restic';
  prepare(): void;
  backUp(source: string, day: number): void;
  restore(day: number): void;
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
    prepare() {
      for (const folder of [repository, cache]) rmSync(folder, { recursive: true, force: true });
      run('restic', ['init'], directory, env);
    },
    backUp: (source, day) => run('restic', ['backup', '--tag', `day${day}`, '.'], source, env),
    restore: (day) =>
      run(
        'restic',
        ['restore', 'latest', '--tag', `day${day}`, '--target', fresh(directory)],
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
    prepare() {
      rmSync(repository, { recursive: true, force: true });
      run('borg', ['init', '--encryption', 'none'], directory, env);
    },
    backUp: (source, day) => run('borg', ['create', '--compression', 'lz4', `::day${day}`, '.'], source, env),
    restore: (day) => run('borg', ['extract', `::day${day}`], fresh(directory), env),
  };
}

function fresh(directory: string): string {
  const folder = join(directory, 'restored');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return folder;
}

function run(program: string, args: string[], cwd: string, env: Record<string, string>): void {
  const { status, stderr } = spawnSync(program, args, { cwd, env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${program} ${args[0]} failed: ${stderr}`);
}

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Everything a tool can check about the code. Each runs, also after one has failed, so that one run shows all. */
const checks: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format and lint', 'biome', 'check', '--error-on-warnings', '--diagnostic-level=warn'],
  ['types', 'node', 'node_modules/typescript7/bin/tsc', '-p', '.'],
  [
    'boundaries',
    'depcruise',
    '--config',
    '.dependency-cruiser.cjs',
    'shared',
    'functions',
    'infra',
    'gateway',
    'local',
    'cli',
    'bench',
  ],
  ['unused code', 'knip'],
  ['infrastructure rules and state machines', 'node', 'infra/check.ts'],
];

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');

let failed = 0;
for (const [name, command, ...args] of checks) {
  process.stdout.write(`check: ${name} … `);
  const program = existsSync(join(bin, command)) ? join(bin, command) : command;
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' });
  process.stdout.write(status === 0 ? 'ok\n' : `FAILED\n${stdout}${stderr}\n`);
  if (status !== 0) failed++;
}
process.stdout.write(`checks: ${checks.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

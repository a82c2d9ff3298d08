import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// dependency-cruiser sees no module at all when it meets a TypeScript it does not know, and then reports no violation.
// So the rules are tried on a tree that breaks them.
const root = join(import.meta.dirname, '..');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-boundaries-'));
  cpSync(join(root, '.dependency-cruiser.cjs'), join(folder, '.dependency-cruiser.cjs'));
  cpSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function cruise(): string {
  const program = join(root, 'node_modules', '.bin', 'depcruise');
  const args = [
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'err',
    'shared',
    'gateway',
    'local',
    'cli',
  ];
  const { stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  return stdout + stderr;
}

describe('the import rules', () => {
  it('fire on every way of breaking them, types included', () => {
    write('shared/usecases/act.ts', 'export type Act = 1;\n');
    write('shared/ports/clock.ts', 'export interface Clock { now(): string }\n');
    write(
      'shared/domain/rule.ts',
      "import type { Act } from '../usecases/act.ts';\nexport type Rule = Act;\n",
    );
    write(
      'shared/domain/disk.ts',
      "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
    );
    write('gateway/main.ts', "export type { Clock } from '../shared/ports/clock.ts';\n");
    write('shared/domain/a.ts', "import { b } from './b.ts';\nexport const a: number = b;\n");
    write('shared/domain/b.ts', "import { a } from './a.ts';\nexport const b: number = a;\n");
    write('local/bare/start.ts', 'export const start = 1;\n');
    write('local/s3/server.ts', 'export const serve = 1;\n');
    write('cli/rman/map.ts', "export { start } from '../../local/bare/start.ts';\n");
    write('cli/local/up.ts', "export const up = () => import('../../local/bare/start.ts');\n");
    write('cli/local/down.ts', "export const down = () => import('../../local/s3/server.ts');\n");
    write('gateway/config.ts', 'export const config = 1;\n');
    write('gateway/gateway.ts', 'export const start = 1;\n');
    write('cli/rman/peek.ts', "export const peek = () => import('../../gateway/config.ts');\n");
    write('cli/gateway/check.ts', "export const check = () => import('../../gateway/config.ts');\n");
    write('cli/gateway/eager.ts', "export { config } from '../../gateway/config.ts';\n");
    write('cli/gateway/run.ts', "export const run = () => import('../../gateway/gateway.ts');\n");

    const report = cruise();

    expect(report).toContain('domain-is-pure: shared/domain/rule.ts');
    expect(report).toContain('domain-without-io: shared/domain/disk.ts');
    expect(report).toContain('gateway: gateway/main.ts');
    expect(report).toContain('no-circular: shared/domain/');
    expect(report).toContain('cli: cli/rman/map.ts');
    expect(report).toContain('cli-local: cli/local/down.ts');
    expect(report).not.toContain('cli/local/up.ts');
    expect(report).toContain('cli: cli/rman/peek.ts');
    expect(report).toContain('cli-gateway: cli/gateway/run.ts');
    expect(report).toContain('cli-gateway-lazy: cli/gateway/eager.ts');
    expect(report).not.toContain('cli/gateway/check.ts');
  });
});

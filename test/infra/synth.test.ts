import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-synth-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const synthesize = (...args: string[]) =>
  spawnSync(join(root, 'node_modules', '.bin', 'cdk'), ['synth', '--quiet', '--output', folder, ...args], {
    cwd: root,
    encoding: 'utf8',
    // No profile, region or key of the machine: it works offline.
    env: { PATH: process.env.PATH, HOME: folder, CDK_DISABLE_VERSION_CHECK: '1' },
  });

it('cdk synth works without AWS credentials', () => {
  const { status, stderr } = synthesize();

  expect(stderr).not.toContain('Error');
  expect(status).toBe(0);
  expect(existsSync(join(folder, 'Holdfast-main-stateless.template.json'))).toBe(true);
});

it('cdk synth refuses a stage with mistakes, naming them', () => {
  const { status, stderr } = synthesize('-c', 'stage={"name":"Prod!","logRetentionDays":31}');

  expect(status).not.toBe(0);
  expect(stderr).toContain('name:');
  expect(stderr).toContain('logRetentionDays:');
});

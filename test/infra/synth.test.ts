import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compileCache } from '../support/compile-cache.ts';

const root = join(import.meta.dirname, '..', '..');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-synth-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** No profile, region or key of the machine: it works offline. */
const environment = () => {
  const { PATH } = process.env;
  return { PATH, ...compileCache(), HOME: folder, CDK_DISABLE_VERSION_CHECK: '1' };
};

it('cdk synth works without AWS credentials', () => {
  const cdk = join(root, 'node_modules', '.bin', 'cdk');
  const { status, stderr } = spawnSync(cdk, ['synth', '--quiet', '--output', folder], {
    ...{ cwd: root, encoding: 'utf8', env: environment() },
  });

  expect(stderr).not.toContain('Error');
  expect(status).toBe(0);
  expect(existsSync(join(folder, 'Holdfast-main-stateless.template.json'))).toBe(true);
}, 240_000);

it('the app that cdk synth runs refuses a stage with mistakes, naming them', () => {
  const stage = '{"name":"Prod!","logRetentionDays":31}';
  const { status, stderr } = spawnSync(process.execPath, ['infra/app.ts'], {
    ...{ cwd: root, encoding: 'utf8' },
    env: { ...environment(), CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify({ stage }) },
  });

  expect(status).not.toBe(0);
  expect(stderr).toContain('name:');
  expect(stderr).toContain('logRetentionDays:');
});

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const script = join(import.meta.dirname, '..', '..', 'scripts', 'ensure-installed.mjs');

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'holdfast-bin-'));
});
afterEach(() => rmSync(bin, { recursive: true }));

const has = (...commands: string[]) => {
  for (const command of commands) {
    const path = execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).trim();
    symlinkSync(path, join(bin, command));
  }
};
const run = () => spawnSync(process.execPath, [script], { env: { PATH: bin }, encoding: 'utf8' });

describe('a machine that lacks something', () => {
  it.each([
    [['bash'], 'curl'],
    [['curl'], 'bash'],
  ])('with %j is told in one line that %s is missing', (commands, missing) => {
    has(...commands);

    const { status, stderr } = run();

    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(`${missing} is missing`)]);
  });

  it('that lacks nothing installs nothing again', () => {
    has('bash', 'curl');

    expect(run()).toMatchObject({ status: 0, stderr: '' });
  });
});

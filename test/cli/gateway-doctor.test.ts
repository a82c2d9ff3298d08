import { expect, it } from 'vitest';
import { TestStore } from '../gateway/support/test-store.ts';
import { runHere } from './run-here.ts';

interface Finding {
  readonly check: string;
  readonly status: 'fail' | 'ok' | 'warn';
}

it('holdfast gateway doctor tells each finding with what to do, and how bad it is by its exit code', async () => {
  const store = await TestStore.make();
  const run = (...args: string[]) => runHere(['gateway', 'doctor', '--config', store.configFile, ...args]);

  const before = await run();
  expect(before).toMatchObject({ code: 2, stderr: '' });
  expect(before.stdout).toContain(
    'fail  data.identity: this store is not activated\n      → run the command "activate" of the gateway',
  );
  expect(before.stdout).toContain('ok    service.way: ');

  await store.activate();
  const { code, stdout } = await run('--json');
  const { file, status, findings } = JSON.parse(stdout) as {
    file: string;
    status: Finding['status'];
    findings: Finding[];
  };
  expect(file).toBe(store.configFile);
  expect(findings.filter((finding) => finding.status === 'fail')).toEqual([]);
  // Whether mounts can be frozen without being busy depends on the disk of this machine.
  const hasWarnings = findings.some((finding) => finding.status === 'warn');
  expect({ code, status }).toEqual(hasWarnings ? { code: 1, status: 'warn' } : { code: 0, status: 'ok' });
});

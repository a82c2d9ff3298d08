import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isFolderTaken } from '../../local/assembly/data-folder.ts';
import { CliProcess, ownEnvironment, runCli, starts } from './cli-process.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'holdfast-launcher-')), 'data');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

describe('the program that npm starts', () => {
  it('can be executed as it is', () => {
    const [file] = starts.launcher;

    accessSync(file, constants.X_OK);
    expect(readFileSync(file, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it.each(['launcher', 'launcherOnOldNode'] as const)('gives on output and exit code (%s)', async (as) => {
    const help = await runCli(['--help'], { as });
    const mistake = await runCli(['lokal'], { as });
    const stopped = await runCli(['local', 'status', '--data', folder, '--json'], { as });

    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage: holdfast /);
    expect(mistake).toMatchObject({ code: 2, stdout: '' });
    expect(mistake.stderr).toContain('Did you mean local?');
    expect(stopped).toMatchObject({ code: 3, stderr: '' });
    expect(JSON.parse(stopped.stdout)).toMatchObject({ running: false });
  });

  it('starts no second process on a Node that is new enough, and one on an older', async () => {
    const pidOf = async (as: keyof typeof starts) => {
      const up = new CliProcess(['local', 'up', '--json', '--data', folder], { as });
      const { pid } = JSON.parse(await up.firstLine());
      await up.stop();
      return { own: up.child.pid, serving: pid };
    };

    const onNew = await pidOf('launcher');
    const onOld = await pidOf('launcherOnOldNode');

    expect(onNew.serving).toBe(onNew.own);
    expect(onOld.serving).not.toBe(onOld.own);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('passes on %s and waits for the end', async (signal) => {
    const up = new CliProcess(['local', 'up', '--json', '--data', folder], { as: 'launcherOnOldNode' });
    await up.firstLine();

    const { code, stderr } = await up.stop(signal);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(isFolderTaken(folder)).toBe(false);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)('ends when the npx that started it ends by %s', async (signal) => {
    // A shell in between, which passes no signal on.
    const shell = `"$0" "$1" local up --json --data "$2"; exit $?`;
    const npx = `
      const child = require('node:child_process').spawn('sh', ['-c', ...process.argv.slice(1)], { stdio: 'inherit' });
      process.on('SIGTERM', () => { child.kill(); process.exit(); });`;
    const program = spawn(
      process.execPath,
      ['-e', npx, shell, process.execPath, ...starts.launcher, folder],
      {
        env: { ...ownEnvironment(), npm_command: 'exec' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(program.stdout, 'data');

    program.kill(signal);

    await vi.waitFor(() => expect(isFolderTaken(folder)).toBe(false), 10_000);
  });

  it('leaves nothing running when it is killed', async () => {
    const up = new CliProcess(['local', 'up', '--json', '--data', folder], { as: 'launcherOnOldNode' });
    await up.firstLine();

    up.child.kill('SIGKILL');

    await vi.waitFor(() => expect(isFolderTaken(folder)).toBe(false), 10_000);
  });
});

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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

describe('an install', () => {
  /** A project of its own, and an npm that takes its time and writes down when it began and ended. */
  const prepare = (root: string) => {
    mkdirSync(join(root, 'scripts'));
    mkdirSync(join(root, 'node_modules'));
    for (const name of ['ensure-installed.mjs', 'install-marker.mjs', 'note-install.mjs']) {
      cpSync(join(script, '..', name), join(root, 'scripts', name));
    }
    writeFileSync(join(root, 'package-lock.json'), '{}');
    const npm = join(root, 'npm.mjs');
    const note = (what: string) => `appendFileSync(${JSON.stringify(join(root, 'npm.log'))}, '${what} ');`;
    writeFileSync(
      npm,
      `import { appendFileSync } from 'node:fs'; ${note('begin')} setTimeout(() => { ${note('end')} }, 600);`,
    );
    const env = { ...process.env, npm_execpath: npm };
    const start = () => spawn(process.execPath, [join(root, 'scripts', 'ensure-installed.mjs')], { env });
    return {
      start,
      note: () => spawnSync(process.execPath, [join(root, 'scripts', 'note-install.mjs')], { env }),
      log: () => (existsSync(join(root, 'npm.log')) ? readFileSync(join(root, 'npm.log'), 'utf8') : ''),
    };
  };

  it('that was killed lets nobody begin before its npm has ended', async () => {
    const { start, log } = prepare(bin);
    const killed = start();
    while (!log().includes('begin')) await delay(20);
    killed.kill('SIGKILL');
    await once(killed, 'exit');

    const [status] = await once(start(), 'exit');

    expect(status).toBe(0);
    expect(log().trim()).toBe('begin end begin end');
  });

  it('is done once by two that start side by side', async () => {
    const { start, log } = prepare(bin);

    const ends = await Promise.all([start(), start()].map((each) => once(each, 'exit')));

    expect(ends.map(([status]) => status)).toEqual([0, 0]);
    expect(log().trim()).toBe('begin end');
  });

  it('that somebody made by hand is not made again', async () => {
    const { start, note, log } = prepare(bin);
    mkdirSync(join(bin, 'node_modules', 'node'));
    note();

    expect(await once(start(), 'exit')).toEqual([0, null]);
    expect(log()).toBe('');
  });

  it('without what commands run on is made good', async () => {
    const { start, note, log } = prepare(bin);
    note();

    expect(await once(start(), 'exit')).toEqual([0, null]);
    expect(log().trim()).toBe('begin end');
  });
});

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExactTimes } from '../../../gateway/mover/restore/exact-times.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exact-times-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Makes `bash` one whose home is the folder. By itself it takes the home of the user that it runs as. */
async function giveBashAHome(): Promise<void> {
  const bash = execFileSync('sh', ['-c', 'command -v bash'], { encoding: 'utf8' }).trim();
  const wrapper = join(folder, 'bash');
  await writeFile(wrapper, `#!/bin/sh\nexec env -u SHLVL HOME='${folder}' '${bash}' "$@"\n`);
  await chmod(wrapper, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
}

describe('the shell that sets exact times', () => {
  it('runs nothing that the user of the gateway has put into the start of shells', async () => {
    // Its standard input is a socket, and bash takes whoever started it in that way for a remote shell daemon.
    const ran = join(folder, 'ran');
    await writeFile(join(folder, '.bashrc'), `> '${ran}'\nexit 1\n`);
    await giveBashAHome();
    const file = join(folder, 'file');
    await writeFile(file, '');

    const times = new ExactTimes();
    await times.set(Buffer.from(file), 1_234_567_891n);
    await times.finish();

    expect(existsSync(ran)).toBe(false);
    expect((await stat(file, { bigint: true })).mtimeNs).toBe(1_234_567_891n);
  });
});

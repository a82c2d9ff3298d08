import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { takeTemporaryFolder } from '../../../local/lambda/temporary-folder.ts';
import { startTestLambda, temporaryFolder, writeFunction } from './lambda-fixture.ts';

const modules = new URL('../../../local/lambda/', import.meta.url).href;
const takeFolder = `const { takeTemporaryFolder } = await import('${modules}temporary-folder.ts');
  console.log((await takeTemporaryFolder('mine-')).path);`;
const deploy = `const { Deployment } = await import('${modules}deployment.ts');
  console.log((await Deployment.create()).root);`;

/** A process that has a folder and tells which. */
async function startOwner(take: string) {
  const code = `${take} setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void owner.kill('SIGKILL'));
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const kill = async () => {
    owner.kill('SIGKILL');
    await once(owner, 'close');
  };
  return { path: String(line).trim(), kill };
}

it('the folder of a process that was killed is removed by the next one, and no other', async () => {
  const folder = await temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const [living, killed, young] = await Promise.all([
    startOwner(takeFolder),
    startOwner(takeFolder),
    startOwner(takeFolder),
  ]);
  for (const { path } of [living, killed]) utimesSync(join(path, 'lock.sqlite'), 0, 0);
  await Promise.all([killed.kill(), young.kill()]);

  const own = await takeTemporaryFolder('mine-');

  const left = () => readdirSync(folder).map((name) => join(folder, name));
  expect(left().toSorted()).toEqual([living.path, young.path, own.path].toSorted());
  await own.remove();
  expect(left().toSorted()).toEqual([living.path, young.path].toSorted());
});

it('a process that is killed before any function has run leaves no code', async () => {
  const owner = await startOwner(deploy);
  expect(existsSync(owner.path)).toBe(true);

  await owner.kill();

  await vi.waitFor(() => expect(existsSync(owner.path)).toBe(false), 10_000);
});

it('a function starts with what Node compiled of it in an earlier deployment', async () => {
  const code = `// ${process.hrtime.bigint()}\nexport const handler = async () => 'done';`;
  const config = await writeFunction(code, { environment: { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' } });
  const codeDirectory = join(await temporaryFolder(), `asset.${'0'.repeat(64)}`);
  await rename(config.codeDirectory, codeDirectory);
  const logOfStart = async () => {
    const lambda = await startTestLambda([{ ...config, codeDirectory }]);
    expect((await lambda.call('subject')).value).toBe('done');
    return lambda.readLog('subject');
  };

  const first = await logOfStart();
  const second = await logOfStart();

  expect(first).not.toMatch(/code cache for ESM .*index\.mjs was accepted/);
  expect(second).toMatch(/code cache for ESM .*index\.mjs was accepted/);
});

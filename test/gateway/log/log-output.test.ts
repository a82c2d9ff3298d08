import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LogOutput } from '../../../gateway/log/log-output.ts';
import { logSettings } from '../../../gateway/log/log-settings.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const least = 64 * 2 ** 10;

async function makeOutput(settings: object = {}) {
  const folder = await makeTemporaryFolder();
  const file = join(folder, 'gateway.log');
  const told: string[] = [];
  const output = new LogOutput({ write: (line) => told.push(line) });
  onTestFinished(() => output.close());
  await output.use(logSettings.parse({ file, ...settings }));
  return { folder, file, told, output };
}

test('without a file the lines go to standard error', async () => {
  const told: string[] = [];
  const output = new LogOutput({ write: (line) => told.push(line) });
  output.write('one\n');
  await output.use(logSettings.parse({}));
  output.write('two\n');

  expect(told).toEqual(['one\n', 'two\n']);
});

test('a file that is full is put aside, and only so many are kept', async () => {
  const { folder, file, told, output } = await makeOutput({ maxBytes: least, keep: 2 });
  const line = `${'x'.repeat(999)}\n`;

  for (let count = 0; count < 300; count++) output.write(line);
  await output.close();

  expect((await readdir(folder)).sort()).toEqual(['gateway.log', 'gateway.log.1', 'gateway.log.2']);
  expect((await readFile(`${file}.1`)).length).toBe(66_000);
  expect(told).toEqual([]);
});

test('a file that somebody put aside gets no more lines once it is opened anew', async () => {
  const { file, output } = await makeOutput();
  output.write('before\n');
  await waitUntil('the line is there', async () => (await readFile(file, 'utf8').catch(() => '')) !== '');
  await rename(file, `${file}.old`);

  await output.reopen();
  output.write('after\n');
  await output.close();

  expect(await readFile(`${file}.old`, 'utf8')).toBe('before\n');
  expect(await readFile(file, 'utf8')).toBe('after\n');
});

test('a file that is there already is gone on with', async () => {
  const { file, output } = await makeOutput();
  await output.close();
  await writeFile(file, 'yesterday\n');
  await output.reopen();
  output.write('today\n');
  await output.close();

  expect(await readFile(file, 'utf8')).toBe('yesterday\ntoday\n');
});

test.each([
  ['cannot be made', 'blocked/gateway.log'],
  ['takes no line', '/proc/self/oom_score_adj'],
])('with a file that %s the lines go to standard error, with the reason', async (_, name) => {
  const folder = await makeTemporaryFolder();
  const file = name.startsWith('/') ? name : join(folder, name);
  await writeFile(join(folder, 'blocked'), '');
  const { told, output } = await makeOutput({ file });

  output.write('lost\n');
  await waitUntil('the failure is told', () => told.length > 0);
  output.write('kept\n');

  expect(JSON.parse(told[0] ?? '')).toMatchObject({
    level: 50,
    msg: expect.stringContaining(
      `the log file ${file} cannot be written, lines go to standard error for now`,
    ),
  });
  expect(told.slice(1)).toEqual(['kept\n']);
});

test('a file that can be written again after a failure is, once it is opened anew', async () => {
  const { file, told, output } = await makeOutput();
  await output.close();
  await rm(file, { force: true });
  await mkdir(file);
  await output.reopen();
  await waitUntil('the failure is told', () => told.length > 0);
  await rm(file, { recursive: true });

  await output.reopen();
  output.write('kept\n');
  await output.close();

  expect(await readFile(file, 'utf8')).toBe('kept\n');
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeJournal } from '../../shared/usecases/journal/store-journal.ts';
import { changeMount } from '../../shared/usecases/mounts/change-mount.ts';
import { createMemoryService } from '../support/memory-service.ts';
import { admin } from '../support/serving-store.ts';
import { createStoreAndMount } from '../support/uploading.ts';
import { runHere } from './run-here.ts';
import { serveApi } from './served-api.ts';

const token = 'key-01J00000000000000000000000.secret';
let api: Awaited<ReturnType<typeof serveApi>>;
let mountId = '';
let folder = '';
let service: ReturnType<typeof createMemoryService>;

beforeAll(async () => {
  service = createMemoryService();
  const { mount } = await createStoreAndMount(service);
  mountId = mount.mountId;
  for (const weeks of [2, 3, 4]) {
    service.clock.advance(1000);
    await changeMount(service, admin, { mountId: mount.mountId, expire: `${weeks}w` });
  }
  await storeJournal(service, mount.mountId);
  api = await serveApi(service, token, admin);
  folder = await mkdtemp(join(tmpdir(), 'holdfast-audit-'));
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const run = (...args: string[]) =>
  runHere(args, { environment: { HOLDFAST_URL: `${api.url}/`, HOLDFAST_TOKEN: token } });

/** What `audit check` says of a file with this content. */
async function check(content: string | Uint8Array) {
  const file = join(folder, 'journal.ndjson');
  await writeFile(file, content);
  return run('audit', 'check', file);
}

const exported = async () => (await run('audit', 'export', mountId)).stdout;

describe('holdfast audit', () => {
  it('exports the entries of a mount, each with who, what and when', async () => {
    const { code, stdout } = await run('audit', 'export', mountId);

    expect(code).toBe(0);
    const entries = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(entries[1]).toMatchObject({ kind: 'mount-changed', data: { expire: '2w', by: 'key-admin' } });
  });

  it('finds an export whole, and says by which hash it ends', async () => {
    const { code, stdout } = await check(await exported());

    const { journal } = (await service.send('showMount', { caller: admin, params: { mountId } })).body as {
      journal: { hash: string };
    };
    expect([code, stdout]).toEqual([0, expect.stringContaining(`4 entries, unbroken; the last of`)]);
    expect(stdout).toContain(journal.hash);
  });

  it.each([
    [
      'a changed value',
      (text: string) => text.replace('"2w"', '"9w"'),
      'line 3',
      'previousSha256 is another',
    ],
    ['a missing line', (text: string) => text.replace(/^.*"2w".*\n/m, ''), 'line 2', 'has the number 3'],
    ['blanks in it', (text: string) => text.replace('"2w"', ' "2w"'), 'line 2', 'written in another way'],
    ['a line that is no entry', (text: string) => `${text}{}\n`, 'line 5', 'is none'],
    ['an empty line', (text: string) => text.replace('\n', '\n\n'), 'line 2', 'is none'],
  ])('names the first wrong line where there is %s', async (_, change, line, why) => {
    const { code, stderr } = await check(change(await exported()));

    expect(code).toBe(1);
    expect(stderr).toContain(`wrong from ${line} on`);
    expect(stderr).toContain(why);
  });

  it('refuses bytes that are no text, and a file without entries', async () => {
    const bytes = Buffer.from(await exported());
    bytes[30] = 0xff;

    expect(await check(bytes)).toMatchObject({ code: 1, stderr: expect.stringContaining('line 1') });
    expect(await check('')).toMatchObject({ code: 1, stderr: expect.stringContaining('no entries') });
  });
});

describe('holdfast catalog', () => {
  it('signs a mount off', async () => {
    expect(await run('catalog', 'sign-off', mountId)).toMatchObject({
      code: 0,
      stdout: `${mountId} is signed off\n`,
    });
  });

  it('orders a rebuild and tells its end', async () => {
    const rebuilt = { rebuilt: 2, inStep: 1, failures: 1 };
    const failed = [{ mountId, code: 'JOURNAL_BROKEN', message: 'journal entry 3 is missing' }];
    const found = service.workflows.findRebuild;
    service.workflows.findRebuild = async () => ({ state: 'completed', output: { ...rebuilt, failed } });

    const { code, stdout } = await run('catalog', 'rebuild', '--replay');

    service.workflows.findRebuild = found;
    expect(code).toBe(1);
    expect(stdout).toContain('rebuilt 2 mounts, 1 had everything already, 1 failed');
    expect(stdout).toContain(`${mountId}  JOURNAL_BROKEN: journal entry 3 is missing`);
    expect(service.workflows.calls.at(-1)).toMatchObject({
      kind: 'start-rebuild',
      input: { mode: 'replay', by: 'key-admin' },
    });
  });
});

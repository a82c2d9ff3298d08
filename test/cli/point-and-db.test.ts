import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toInstant } from '../../shared/domain/instant.ts';
import { backup, backupSet, connected, textOf } from '../domain/file-map/rman-session.ts';
import { createMemoryService } from '../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../support/uploading.ts';
import { runHere } from './run-here.ts';
import { serveApi } from './served-api.ts';

const token = 'key-01J00000000000000000000000.secret';
let api: Awaited<ReturnType<typeof serveApi>>;
let point = '';
let folder = '';

beforeAll(async () => {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const upload = await openSnapshot(service, caller, mount);
  const content = textOf(
    connected(),
    backup(backupSet({ handle: ['/mnt/ledger/full_1', '/mnt/ledger/full_2'], level: 0, files: [1, 2] })),
  );
  const log = {
    content,
    fileName: 'n.log',
    mountpoint: '/mnt/ledger',
    platform: 'linux',
    receivedAt: toInstant(0),
  };
  const files = { full_1: 'f'.repeat(1024), 'notes\u001b[2J.txt': 'n' };
  await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, files, [log as never]));
  point = (await runCommit(service, upload.uploadId)).recoveryPointId;
  api = await serveApi(service, token, { credentialId: 'key-viewer', role: 'viewer' });
  folder = await mkdtemp(join(tmpdir(), 'holdfast-cli-'));
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const run = (...args: string[]) =>
  runHere(args, { environment: { HOLDFAST_URL: `${api.url}/`, HOLDFAST_TOKEN: token } });
const jsonLines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('holdfast point', () => {
  it('shows the databases of a point and its logs', async () => {
    const { code, stdout, stderr } = await run('point', 'databases', point);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^DBID +NAME /);
    expect(stdout).toMatch(/^1234567890 +LEDGER +- +no +1 +0 +1 +1 /m);
    expect(stdout).toContain('\nlog n.log: completed\n1 additional files, 1 B; 1 doubts\n');
  });

  it('shows files by database, for people and as JSON', async () => {
    const [table, json] = [await run('point', 'files', point), await run('point', 'files', point, '--json')];

    expect(table.stdout).toMatch(
      /full_1 +present +1024 B +backup-piece, incremental, piece 1\/2, level 0 +datafiles 1,2 +NIGHT +2026-03-01 01:00:05\n/,
    );
    expect(jsonLines(json.stdout)).toMatchObject([
      { path: 'full_1', presence: 'present', level: 0 },
      { path: 'full_2', presence: 'missing' },
    ]);
  });

  it('shows what is missing, what is additional and what is doubtful', async () => {
    const [missing, additional, doubts] = await Promise.all([
      run('point', 'missing', point),
      run('point', 'additional', point),
      run('point', 'doubts', point, '--json'),
    ]);

    expect(missing.stdout).toMatch(/^1234567890 +full_2 +missing/m);
    // A name does not steer the terminal.
    expect(additional.stdout).toMatch(/^notes\?\[2J\.txt +1 B /m);
    expect(jsonLines(doubts.stdout)).toMatchObject([{ code: 'SET_INCOMPLETE' }]);
  });
});

describe('holdfast db', () => {
  it('lists databases and their points', async () => {
    const [list, points, show] = await Promise.all([
      run('db', 'list'),
      run('db', 'points', '1234567890', '--json'),
      run('db', 'show', '1234567890', '--json'),
    ]);

    expect(list.stdout).toMatch(/^1234567890 +LEDGER +- +linux +19\.0\.0\.0\.0 +1 +2/m);
    expect(jsonLines(points.stdout)).toMatchObject([
      { recoveryPointId: point, warnings: [{ code: 'FILES_MISSING' }] },
    ]);
    expect(jsonLines(show.stdout)).toMatchObject([{ databaseId: '1234567890', name: 'LEDGER' }]);
  });

  it('shows what can be restored of a database, and finds no point for a time after the newest', async () => {
    const [window, none] = await Promise.all([
      run('db', 'recovery-window', '1234567890'),
      run('db', 'recovery-point-for', '1234567890', '--time', '2030-01-01T00:00:00Z'),
    ]);

    expect(window.stdout).toMatch(new RegExp(`^${point} +\\S+ +(no|unknown) `, 'm'));
    expect(none).toMatchObject({ code: 1, stdout: expect.stringMatching(/^Suitable snapshot not found/) });
  });
});

describe('a call of the service', () => {
  it('takes address and key from a profile file', async () => {
    const file = join(folder, 'profile.json');
    await writeFile(file, JSON.stringify({ apiUrl: api.url, apiKey: token, storeId: 'sto-x' }));

    const { code, stdout } = await runHere(['db', 'list'], { environment: { HOLDFAST_PROFILE: file } });

    expect(code).toBe(0);
    expect(stdout).toContain('LEDGER');
  });

  it('says in one line what went wrong and what to do', async () => {
    const withEnvironment = (environment: Record<string, string>) => runHere(['db', 'list'], { environment });
    const broken = join(folder, 'broken.json');
    await writeFile(broken, '{"apiUrl":"ftp://x"}');

    const [unknown, half, refused, gone, profile] = await Promise.all([
      run('point', 'files', '01J00000000000000000000000'),
      withEnvironment({ HOLDFAST_URL: api.url }),
      withEnvironment({ HOLDFAST_URL: api.url, HOLDFAST_TOKEN: 'wrong' }),
      withEnvironment({ HOLDFAST_URL: 'http://127.0.0.1:1', HOLDFAST_TOKEN: token }),
      withEnvironment({ HOLDFAST_PROFILE: broken }),
    ]);

    const errors = [unknown, half, refused, gone, profile].map(({ code, stdout, stderr }) => {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      return stderr;
    });
    expect(errors).toEqual([
      expect.stringMatching(/^holdfast: RECOVERY_POINT_NOT_FOUND: .*GET \/v1\/recovery-points.*\n$/),
      'holdfast: HOLDFAST_TOKEN is missing: set both, or neither\n',
      expect.stringMatching(/refuses the API key \(403\)/),
      expect.stringMatching(/^holdfast: the service at http:\/\/127\.0\.0\.1:1 cannot be reached: .*\n$/),
      expect.stringMatching(/is no profile .*apiKey.*HOLDFAST_URL/),
    ]);
  });
});

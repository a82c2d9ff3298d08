import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentedCalls } from './documented-calls.ts';
import { functionsOfApp } from './functions-of-app.ts';
import { readSetup, readWritten, type Started, type Use, useApp, type Written } from './run-of-app.ts';
import { descendantsOf, endAll, isAlive, StartProcess } from './start-process.ts';

// A start takes seconds: two side by side, one that serves and one that ends by itself, are all that is looked at here.
// The second begins when the first has synthesized the app, which takes most of a start, and has kept it for both.
let folder: string;
let server: StartProcess;
let once: StartProcess;
let served: Started;
let result: Record<string, unknown>;
let use: Use;
let written: Written;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-serve-'));
  server = serve();
  served = (await server.nextResult()) as unknown as Started;
  once = new StartProcess('--once', '--json');
  [use, result] = await Promise.all([useApp(served), once.nextResult()]);
}, 300_000);
afterAll(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

const serve = () => new StartProcess('--json', '--data', join(folder, 'a'));

async function countPoints({ apiUrl, directory }: Started): Promise<number> {
  const { apiKey, mountId } = readSetup(directory);
  const headers = { authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${apiUrl}/v1/recovery-points?mountId=${mountId}`, { headers });
  return ((await response.json()) as { items: unknown[] }).items.length;
}

describe('npm start -- --once --json', () => {
  it('does the main job, proves that what came back is what was written, and says so in its last line', async () => {
    expect(await once.end()).toBe(0);
    expect(result, once.progress).toEqual({
      ok: true,
      recoveryPointId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      files: expect.any(Number),
      bytes: expect.any(Number),
      restoredIdentical: true,
      seconds: { ready: expect.any(Number), backup: expect.any(Number), restore: expect.any(Number) },
    });
    expect(Object.keys(result)).toEqual([
      'ok',
      'recoveryPointId',
      'files',
      'bytes',
      'restoredIdentical',
      'seconds',
    ]);
    expect(result['files']).toBeGreaterThan(5);
    expect(result['bytes']).toBeGreaterThan(30 * 2 ** 20);
  });

  it('refuses options that it does not know, with the usage', async () => {
    const start = new StartProcess('--twice');

    expect(await start.end()).toBe(2);
    expect(start.progress).toContain('--once');
  });
});

describe('npm start, while another does its job', () => {
  it('serves an API that describes itself, and lets nobody else in without a credential', async () => {
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`${served.apiUrl}${path}`, { headers });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };

    const document = await get('/v1/openapi.json');
    const anonymous = await get('/v1/mounts');
    const wrong = await get('/v1/mounts', { authorization: 'Bearer key-01J00000000000000000000000.wrong' });
    const missing = await get('/v1/nothing');

    expect(document).toMatchObject({ status: 200, body: { openapi: '3.1.0' } });
    expect(anonymous).toEqual({ status: 401, body: { message: 'Unauthorized' } });
    expect(wrong).toEqual({ status: 403, body: { message: 'Forbidden' } });
    expect(missing).toEqual({ status: 404, body: { message: 'Not Found' } });
  });

  documentedCalls({ started: () => served });

  it('says which folder is in use when it is asked for one that is', async () => {
    const third = new StartProcess('--data', served.directory);
    const exitCode = await third.end();

    expect(exitCode).toBe(1);
    expect(third.progress).toContain('is in use');
  }, 240_000);

  it('has one of everything for itself, stops without leaving anything, and finds its data again', async () => {
    const descendants = descendantsOf(server.child.pid ?? 0);
    const before = await countPoints(served);

    const exitCode = await server.interrupt();
    const left = descendants.filter(isAlive);
    written = readWritten(served.directory);
    const again = serve();
    const found = (await again.nextResult()) as unknown as Started;
    const after = await countPoints(found);

    expect(served.recoveryPointId).not.toBe(result['recoveryPointId']);
    expect(descendants.length).toBeGreaterThan(1);
    expect(exitCode).toBe(0);
    expect(left).toEqual([]);
    expect([before, after]).toEqual([1, 2]);
    expect(found.apiUrl).toBe(served.apiUrl);
  }, 240_000);
});

functionsOfApp({ started: () => served, use: () => use, written: () => written });

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descendantsOf, endAll, isAlive, StartProcess } from './start-process.ts';

let folder: string;
let first: StartProcess;
let second: StartProcess;
let a: Record<string, unknown>;
let b: Record<string, unknown>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-serve-'));
  [first, second] = [serve('a'), serve('b')];
  [a, b] = [await first.nextResult(), await second.nextResult()];
}, 240_000);
afterAll(async () => {
  await endAll();
  rmSync(folder, { recursive: true });
});

const dataFolder = (name: string) => join(folder, name);
const serve = (name: string) => new StartProcess('--json', '--data', dataFolder(name));

async function countPoints(name: string, apiUrl: unknown): Promise<number> {
  const setup = JSON.parse(readFileSync(join(dataFolder(name), 'setup.json'), 'utf8')) as Record<
    string,
    string
  >;
  const headers = { authorization: `Bearer ${setup['apiKey']}` };
  const response = await fetch(`${apiUrl}/v1/recovery-points?mountId=${setup['mountId']}`, { headers });
  return ((await response.json()) as { items: unknown[] }).items.length;
}

// A start takes seconds, so these use the same two, from their first word to their end.
describe('npm start, twice side by side', () => {
  it('serves an API that describes itself, and lets nobody else in without a credential', async () => {
    const get = async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`${a['apiUrl']}${path}`, { headers });
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

  it('says which folder is in use when it is asked for one that is', async () => {
    const third = new StartProcess('--data', dataFolder('a'));
    const exitCode = await third.end();

    expect(exitCode).toBe(1);
    expect(third.progress).toContain('is in use');
  }, 240_000);

  it('has two of everything, stops without leaving anything, and finds its data again', async () => {
    const descendants = descendantsOf(first.child.pid ?? 0);
    const firstPoints = await countPoints('a', a['apiUrl']);

    const exitCodes = await Promise.all([first.interrupt(), second.interrupt()]);
    const left = descendants.filter(isAlive);
    const again = serve('a');
    const found = await again.nextResult();
    const points = await countPoints('a', found['apiUrl']);

    expect(a['apiUrl']).not.toBe(b['apiUrl']);
    expect(a['gatewayUrl']).not.toBe(b['gatewayUrl']);
    expect(descendants.length).toBeGreaterThan(1);
    expect(exitCodes).toEqual([0, 0]);
    expect(left).toEqual([]);
    expect([firstPoints, points]).toEqual([1, 2]);
    expect(found['apiUrl']).toBe(a['apiUrl']);
  }, 240_000);
});

import { afterEach, describe, expect, it } from 'vitest';
import { endAll, StartProcess } from './start-process.ts';

afterEach(endAll);

describe('npm start -- --once --json', () => {
  it('does the main job, proves that what came back is what was written, and says so in its last line', async () => {
    const start = new StartProcess('--once', '--json');

    const result = await start.nextResult();

    expect(await start.end()).toBe(0);
    expect(result, start.progress).toEqual({
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
  }, 180_000);

  it('refuses options that it does not know, with the usage', async () => {
    const start = new StartProcess('--twice');

    expect(await start.end()).toBe(2);
    expect(start.progress).toContain('--once');
  });
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runHook } from '../../../gateway/requests/hook.ts';

/** Runs a script of bash as a hook. */
async function run(script: string, settings: { logFile?: string; maxLogBytes?: number } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-hook-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { logFile = join(folder, 'hook.log'), maxLogBytes = 2 ** 20 } = settings;
  const reports: string[] = [];
  const end = await runHook(
    {
      ...{ command: ['/bin/bash', '-c', script], environment: { PATH: '/usr/bin:/bin' } },
      ...{ logFile, maxLogBytes, onStarted: () => {}, onReport: (line) => reports.push(line) },
    },
    new AbortController().signal,
  );
  return { end, reports, log: await readFile(logFile, 'utf8') };
}

it('a hook whose log cannot be written is ended, and fails alone', async () => {
  await expect(run('echo hello; sleep 60', { logFile: '/dev/full' })).rejects.toMatchObject({
    code: 'HOOK_LOG_LOST',
    message: expect.stringContaining('ENOSPC'),
  });
});

it('a line without an end, and one cut in the middle of a character, take no memory and lose no line after them', async () => {
  const before = process.memoryUsage().rss;

  const { end, log, reports } = await run(
    `head -c 30000000 /dev/zero | tr '\\0' x; echo; echo 'ORA-01555: Fehler für €'; echo progress 40 >&3
     head -c 30000000 /dev/zero | tr '\\0' y >&3; exit 3`,
  );

  expect(end).toMatchObject({ kind: 'exited', code: 3 });
  expect('lastLines' in end && end.lastLines).toEqual(['x'.repeat(500), 'ORA-01555: Fehler für €']);
  expect(reports[0]).toBe('progress 40');
  expect(log).toMatch(/x\n\[the gateway cut the log off here: it is larger than maxLogBytes\]\n$/);
  expect(process.memoryUsage().rss - before).toBeLessThan(40 * 2 ** 20);
});

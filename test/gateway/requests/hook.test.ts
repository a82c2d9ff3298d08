import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runHook } from '../../../gateway/requests/hook.ts';
import { heldBytes } from '../../support/held-memory.ts';
import { waitUntil } from '../support/wait-until.ts';

interface Settings {
  logFile?: string;
  maxLogBytes?: number;
  onStarted?: (pid: number) => void;
}

/** Runs a script of bash as a hook. */
async function run(script: string, settings: Settings = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-hook-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { logFile = join(folder, 'hook.log'), maxLogBytes = 2 ** 20, onStarted = () => {} } = settings;
  const reports: string[] = [];
  const end = await runHook(
    {
      ...{ command: ['/bin/bash', '-c', script], environment: { PATH: '/usr/bin:/bin' } },
      ...{ logFile, maxLogBytes, onStarted, onReport: (line) => reports.push(line) },
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

/** Whether a process has sent itself SIGSTOP, as a hook does here for a look at the gateway in the middle of its work. */
function isStopped(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
}

it('a line without an end, and one cut in the middle of a character, take no memory and lose no line after them', async () => {
  const before = heldBytes();
  const started = Promise.withResolvers<number>();
  const held: number[] = [];

  const running = run(
    `head -c 30000000 /dev/zero | tr '\\0' x; kill -STOP $$; echo; echo 'ORA-01555: Fehler für €'; echo progress 40 >&3
     head -c 30000000 /dev/zero | tr '\\0' y >&3; kill -STOP $$; exit 3`,
    { onStarted: started.resolve },
  );
  const hook = await started.promise;
  for (const line of ['of its output', 'of its reports']) {
    // It has written all that came before, and we have read that, but for what a pipe holds.
    await waitUntil(`the hook is in the middle of a line ${line}`, () => isStopped(hook));
    held.push(heldBytes() - before);
    process.kill(hook, 'SIGCONT');
  }
  const { end, log, reports } = await running;

  expect(Math.max(...held)).toBeLessThan(8 * 2 ** 20);
  expect(end).toMatchObject({ kind: 'exited', code: 3 });
  expect('lastLines' in end && end.lastLines).toEqual(['x'.repeat(500), 'ORA-01555: Fehler für €']);
  expect(reports[0]).toBe('progress 40');
  expect(log).toMatch(/x\n\[the gateway cut the log off here: it is larger than maxLogBytes\]\n$/);
});

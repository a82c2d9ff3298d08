import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { onBoundedLines } from './bounded-lines.ts';
import { HookLog } from './hook-log.ts';

export interface HookOrder {
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Takes what the hook writes to stdout and stderr. */
  readonly logFile: string;
  readonly maxLogBytes: number;
  /** Called once it runs, with its group and the time it started. */
  readonly onStarted: (pid: number, pidStart: string) => void;
  /** A line that the hook wrote to its file descriptor 3. */
  readonly onReport: (line: string) => void;
}

/** How a hook ended: by itself, by us, or not even begun. */
export type HookEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly lastLines: readonly string[] }
  | { readonly kind: 'killed'; readonly signal: string; readonly lastLines: readonly string[] }
  | { readonly kind: 'not-started'; readonly reason: string };

/** After SIGTERM, for a hook that cleans up. */
const killGraceMillis = 10_000;
/** Of a line that the hook reports by its file descriptor 3. */
const mostReportChars = 4_000;

/**
 * Runs a hook in a process group of its own, so that all that it starts can be ended with it: when the signal is aborted, and when the
 * hook has ended and left something running.
 */
export async function runHook(order: HookOrder, signal: AbortSignal): Promise<HookEnd> {
  const { command, environment, onStarted, onReport } = order;
  const [program, ...parameters] = command;
  const child = spawn(program, parameters, {
    ...{ cwd: '/', env: environment, detached: true },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  // Without its log a backup is worth little: it is not waited for.
  const lost = new AbortController();
  const log = new HookLog(order.logFile, order.maxLogBytes, () => lost.abort());
  const { lastLines } = log;
  const [, stdout, stderr, reports] = child.stdio;
  for (const output of [stdout, stderr]) log.take(output as Readable);
  onBoundedLines(reports as Readable, mostReportChars, onReport);
  const ended = new Promise<HookEnd>((resolve) => {
    child.once('error', (error) => resolve({ kind: 'not-started', reason: error.message }));
    child.once('exit', (code, killed) => {
      if (killed === null) resolve({ kind: 'exited', code: code ?? 1, lastLines });
      else resolve({ kind: 'killed', signal: killed, lastLines });
    });
  });
  const { pid } = child;
  if (pid !== undefined) onStarted(pid, (await startOf(pid)) ?? '');
  const stopping = AbortSignal.any([signal, lost.signal]);
  const onAbort = () => void endGroup(child, ended);
  stopping.addEventListener('abort', onAbort, { once: true });
  if (stopping.aborted) onAbort();
  try {
    const result = await ended;
    // What it left in the background would write on into the snapshot, and hold the log open.
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
    await log.close();
    return result;
  } finally {
    stopping.removeEventListener('abort', onAbort);
  }
}

async function endGroup({ pid }: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  await Promise.race([ended, pause(killGraceMillis, undefined, { ref: false })]);
  signalGroup(pid, 'SIGKILL');
}

function signalGroup(pid: number, name: 'SIGKILL' | 'SIGTERM'): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    // The whole group is gone; or all of it runs as somebody else, as with sudo, and can only be waited for.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/**
 * Ends the group of a hook that a gateway before this one left running. The number may be another process's by now: the time of its
 * start tells.
 */
export async function endLeftHook(pid: number, pidStart: string): Promise<boolean> {
  if ((await startOf(pid)) !== pidStart) return false;
  signalGroup(pid, 'SIGTERM');
  for (let waited = 0; waited < killGraceMillis && (await startOf(pid)) === pidStart; waited += 100) {
    await pause(100);
  }
  signalGroup(pid, 'SIGKILL');
  return true;
}

/** When a process started, in the kernel's ticks: with its number it names one process. Undefined when there is none. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the name in parentheses, which may hold blanks: field 3 follows the last one. A zombie has ended.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

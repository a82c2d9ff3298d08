import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';

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
/** For what the hook has written and we have not read when it ends. */
const drainMillis = 2_000;
/** Lines kept for the reason of a failure. */
const keptLines = 40;

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
  const lastLines: string[] = [];
  const log = new BoundedLog(order, lastLines);
  const [, stdout, stderr, reports] = child.stdio;
  for (const output of [stdout, stderr]) log.take(output as Readable);
  createInterface({ input: reports as Readable }).on('line', onReport);
  const ended = new Promise<HookEnd>((resolve) => {
    child.once('error', (error) => resolve({ kind: 'not-started', reason: error.message }));
    child.once('exit', (code, killed) => {
      if (killed === null) resolve({ kind: 'exited', code: code ?? 1, lastLines });
      else resolve({ kind: 'killed', signal: killed, lastLines });
    });
  });
  const { pid } = child;
  if (pid !== undefined) onStarted(pid, (await startOf(pid)) ?? '');
  const end = () => endGroup(child, ended);
  const onAbort = () => void end();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const result = await ended;
    // What it left in the background would write on into the snapshot, and hold the log open.
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
    await log.close();
    return result;
  } finally {
    signal.removeEventListener('abort', onAbort);
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
    // The whole group is gone.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
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

/** What a hook writes, up to a limit: a hook that writes without end must not fill the disk. */
class BoundedLog {
  readonly #stream: ReturnType<typeof createWriteStream>;
  readonly #lastLines: string[];
  readonly #outputs: Readable[] = [];
  readonly #reading: Promise<void>[] = [];
  #left: number;
  #isCut = false;

  constructor({ logFile, maxLogBytes }: Pick<HookOrder, 'logFile' | 'maxLogBytes'>, lastLines: string[]) {
    this.#stream = createWriteStream(logFile, { flags: 'w', mode: 0o600 });
    this.#lastLines = lastLines;
    // Room for the note that it is cut off.
    this.#left = maxLogBytes - 200;
  }

  take(output: Readable): void {
    output.on('data', (chunk: Buffer) => this.#write(chunk));
    createInterface({ input: output }).on('line', (line) => {
      this.#lastLines.push(line.slice(0, 500));
      if (this.#lastLines.length > keptLines) this.#lastLines.shift();
    });
    this.#outputs.push(output);
    this.#reading.push(finished(output, { writable: false }).catch(() => {}));
  }

  async close(): Promise<void> {
    // Who has left the group may hold the pipes open for as long as it lives.
    await Promise.race([Promise.all(this.#reading), pause(drainMillis, undefined, { ref: false })]);
    for (const output of this.#outputs) output.destroy();
    this.#stream.end();
    await finished(this.#stream);
  }

  #write(chunk: Buffer): void {
    if (this.#isCut) return;
    this.#stream.write(chunk.subarray(0, Math.max(0, this.#left)));
    this.#left -= chunk.length;
    if (this.#left >= 0) return;
    this.#isCut = true;
    this.#stream.write('\n[the gateway cut the log off here: it is larger than maxLogBytes]\n');
  }
}

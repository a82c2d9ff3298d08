import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** No program of a run lives longer, even if the run itself is killed and cannot end it. */
const longestSeconds = 1800;
const killAfterMs = 10_000;

interface ProgramOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Gets both outputs of the program. */
  readonly logFile: string;
}

type Command = readonly [program: string, ...args: string[]];

/** A process group of its own: Ctrl-C must not take a server away before its users, and children must end too. */
function spawnGroup([program, ...args]: Command, { cwd, env, logFile }: ProgramOptions): ChildProcess {
  const log = openSync(logFile, 'a');
  const limited = ['--kill-after=10', `${longestSeconds}`, program, ...args];
  const child = spawn('timeout', limited, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  closeSync(log);
  return child;
}

function endGroup({ pid, exitCode, signalCode }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  endGroup(child, 'SIGTERM');
  const timer = setTimeout(() => endGroup(child, 'SIGKILL'), killAfterMs);
  await ended;
  clearTimeout(timer);
}

/** Runs a program to its end and gives its exit code. */
export async function runProgram(command: Command, options: ProgramOptions): Promise<number> {
  options.signal.throwIfAborted();
  const child = spawnGroup(command, options);
  const give = () => void stop(child);
  options.signal.addEventListener('abort', give);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    options.signal.throwIfAborted();
    return code ?? 1;
  } finally {
    options.signal.removeEventListener('abort', give);
  }
}

export interface RunningProgram {
  stop(): Promise<void>;
}

/** Starts a server and waits until `isReady` says that it answers. */
export async function startProgram(
  command: Command,
  options: ProgramOptions,
  isReady: () => Promise<boolean>,
  readySeconds = 90,
): Promise<RunningProgram> {
  options.signal.throwIfAborted();
  const child = spawnGroup(command, options);
  const deadline = performance.now() + readySeconds * 1000;
  try {
    while (!(await isReady())) {
      options.signal.throwIfAborted();
      if (child.exitCode !== null) throw new Error(`${command[0]} ended: see ${options.logFile}`);
      if (performance.now() > deadline) throw new Error(`${command[0]} is not ready: see ${options.logFile}`);
      await sleep(200);
    }
  } catch (error) {
    await stop(child);
    throw error;
  }
  return { stop: () => stop(child) };
}

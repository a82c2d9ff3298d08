import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Ends processes that outlive this one. A function in a busy loop does not see that its service was killed, so a
 * shell waits for the end of its input, which comes with the end of this process however it ends. It removes the
 * folder of temporary files, too.
 */
export class OrphanGuard {
  readonly #shell: ChildProcessByStdio<Writable, null, null>;

  constructor(folder: string) {
    this.#shell = startShell(folder);
  }

  /** @param pid leader of a process group */
  add(pid: number): void {
    this.#shell.stdin.write(`+ ${pid}\n`);
  }

  remove(pid: number): void {
    this.#shell.stdin.write(`- ${pid}\n`);
  }

  close(): void {
    this.#shell.stdin.end();
  }
}

const SCRIPT = `
  pids=" "
  while read -r change pid; do
    case $change in
      +) pids="$pids$pid " ;;
      -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
    esac
  done
  for pid in $pids; do kill -9 "-$pid"; done 2>/dev/null
  rm -rf -- "$1"`;

function startShell(folder: string) {
  // In a group of its own, or a Ctrl-C in the terminal would end it before its time.
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'orphan-guard', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.stdin.on('error', () => {});
  shell.unref();
  (shell.stdin as Writable & { unref(): void }).unref();
  return shell;
}

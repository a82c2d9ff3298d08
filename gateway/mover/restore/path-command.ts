import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs one command of the system for one path after the other: for what Node has no call for. One shell does so for all of
 * them, so that a path costs one short process. A command that is missing or fails leaves its path as it is, and nobody
 * hears of it: it may only be used for what can be done without.
 */
export class PathCommand {
  readonly #command: string;
  #shell: ChildProcessWithoutNullStreams | undefined;
  #ended: Promise<unknown[]> | undefined;

  /** `command`: for bash, with `$1` for the argument and `$2` for the path. */
  constructor(command: string) {
    this.#command = command;
  }

  /** Resolves when the shell has room for more, and not when it is done. */
  async run(argument: string, path: Buffer): Promise<void> {
    this.#shell ??= this.#start();
    const record = Buffer.concat([Buffer.from(`${argument}\0`), path, Buffer.from('\0')]);
    if (!this.#shell.stdin.write(record)) await Promise.race([once(this.#shell.stdin, 'drain'), this.#ended]);
  }

  /** Resolves when all paths are done. */
  async finish(): Promise<void> {
    this.#shell?.stdin.end();
    await this.#ended;
  }

  #start(): ChildProcessWithoutNullStreams {
    const script = `while IFS= read -r -d "" one && IFS= read -r -d "" path; do set -- "$one" "$path"; ${this.#command}; done`;
    // Without it bash, whose standard input is a socket here as under a remote shell daemon, runs the user's ~/.bashrc.
    const shell = spawn('bash', ['--norc', '-c', script], { env: { PATH: process.env.PATH, LC_ALL: 'C' } });
    shell.stdout.resume();
    shell.stderr.resume();
    // A missing bash must not end whoever asked.
    this.#ended = Promise.race([once(shell, 'close'), once(shell, 'error')]).catch((error: unknown) => [
      error,
    ]);
    shell.stdin.on('error', () => {});
    return shell;
  }
}

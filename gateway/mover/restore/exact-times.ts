import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A path costs about 1 ms. Beyond so many it would be minutes, for less than a microsecond. */
const maxPaths = 10_000;

/**
 * Sets modification times to the nanosecond. Node takes a time as a double of seconds, which is off by up to 0.2 µs; the
 * `touch` of every Linux takes all nine digits. One shell runs it for all paths, so that a path costs one short process.
 */
export class ExactTimes {
  #shell: ChildProcessWithoutNullStreams | undefined;
  #ended: Promise<unknown[]> | undefined;
  #paths = 0;

  /** Where `touch` is missing or cannot, and beyond 10,000 paths, the time that Node has set stays. */
  async set(path: Buffer, mtimeNs: bigint): Promise<void> {
    if (isExact(mtimeNs) || ++this.#paths > maxPaths) return;
    this.#shell ??= this.#start();
    const record = Buffer.concat([Buffer.from(`@${formatSeconds(mtimeNs)}\0`), path, Buffer.from('\0')]);
    if (!this.#shell.stdin.write(record)) await Promise.race([once(this.#shell.stdin, 'drain'), this.#ended]);
  }

  /** Resolves when all times are set. */
  async finish(): Promise<void> {
    this.#shell?.stdin.end();
    await this.#ended;
  }

  #start(): ChildProcessWithoutNullStreams {
    const script =
      'while IFS= read -r -d "" time && IFS= read -r -d "" path; do touch -h -c -m -d "$time" -- "$path"; done';
    // Without it bash, whose standard input is a socket here as under a remote shell daemon, runs the user's ~/.bashrc.
    const shell = spawn('bash', ['--norc', '-c', script], { env: { PATH: process.env.PATH, LC_ALL: 'C' } });
    shell.stdout.resume();
    shell.stderr.resume();
    // A missing bash must not end the restore: times are then as exact as Node makes them.
    this.#ended = Promise.race([once(shell, 'close'), once(shell, 'error')]).catch((error: unknown) => [
      error,
    ]);
    shell.stdin.on('error', () => {});
    return shell;
  }
}

/** Whether Node's double of seconds comes out as the same nanoseconds. */
const isExact = (ns: bigint): boolean => ns >= 0n && ns % 1_000_000_000n === 0n;

/** Seconds with nine decimals, as `touch` takes them. */
function formatSeconds(ns: bigint): string {
  const digits = String(ns < 0n ? -ns : ns).padStart(10, '0');
  return `${ns < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

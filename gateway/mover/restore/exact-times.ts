import { PathCommand } from './path-command.ts';

/** A path costs about 1 ms. Beyond so many it would be minutes, for less than a microsecond. */
const maxPaths = 10_000;

/**
 * Sets modification times to the nanosecond. Node takes a time as a double of seconds, which is off by up to 0.2 µs; the
 * `touch` of every Linux takes all nine digits.
 */
export class ExactTimes {
  readonly #touch = new PathCommand('touch -h -c -m -d "$1" -- "$2"');
  #paths = 0;

  /** Where `touch` is missing or cannot, and beyond 10,000 paths, the time that Node has set stays. */
  async set(path: Buffer, mtimeNs: bigint): Promise<void> {
    if (isExact(mtimeNs) || ++this.#paths > maxPaths) return;
    await this.#touch.run(`@${formatSeconds(mtimeNs)}`, path);
  }

  /** Resolves when all times are set. */
  finish(): Promise<void> {
    return this.#touch.finish();
  }
}

/** Whether Node's double of seconds comes out as the same nanoseconds. */
const isExact = (ns: bigint): boolean => ns >= 0n && ns % 1_000_000_000n === 0n;

/** Seconds with nine decimals, as `touch` takes them. */
function formatSeconds(ns: bigint): string {
  const digits = String(ns < 0n ? -ns : ns).padStart(10, '0');
  return `${ns < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

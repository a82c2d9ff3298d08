import { PathCommand } from './path-command.ts';

/** A smaller file has few pieces in any case, and a path costs about 1 ms. */
const leastBytes = 16 * 2 ** 20;

/**
 * Asks the file system for the whole space of a file before its content comes, in pieces and in no order: the file then lies
 * in few places, and a piece that is written has no space to be found for it first. What is not written yet reads as zeros, as a
 * hole does. Where `fallocate` is missing, or the file system knows no such thing, space is found when it is needed.
 *
 * After the first file for which it cannot be had no more is asked for. Some `fallocate` write to every block where there is no
 * such call, and a restore must not wait for that.
 */
export class ReservedSpace {
  readonly #fallocate = new PathCommand('timeout 30 fallocate -l "$1" -- "$2" || exit');

  /** Of a file that has its size already; one with holes must keep them. */
  async reserve(path: Buffer, size: number, hasHoles: () => boolean): Promise<void> {
    if (size >= leastBytes && !hasHoles()) await this.#fallocate.run(String(size), path);
  }

  /** Resolves when all is reserved that can be. */
  finish(): Promise<void> {
    return this.#fallocate.finish();
  }
}

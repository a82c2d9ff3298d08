import type { Codes } from '../text/text-codes.ts';
import type { ReadChannelStart } from './channel-start.ts';
import type { Heading } from './exact-wordings.ts';
import type { Message } from './message.ts';

/**
 * RMAN says the same things in the same order again and again: the headings that followed the last one the last two times are tried
 * first. Where they do not stand, nothing is lost but two comparisons.
 */
export class Following {
  #last: Heading | undefined;
  readonly #readStart: ReadChannelStart;

  /** @param readStart how the lines of a channel begin */
  constructor(readStart: ReadChannelStart) {
    this.#readStart = readStart;
  }

  read(codes: Codes, from: number, end: number): Message | undefined {
    const last = this.#last;
    if (!last) return undefined;
    const { next, nextButOne } = last;
    const message = this.#readAs(next, codes, from, end);
    if (message) {
      this.#last = next;
      return message;
    }
    const other = this.#readAs(nextButOne, codes, from, end);
    if (!other) return undefined;
    last.next = nextButOne;
    last.nextButOne = next;
    this.#last = nextButOne;
    return other;
  }

  /** The heading of a line that was not expected. */
  note(heading: Heading): void {
    const last = this.#last;
    if (last && !heading.isPrefix && last.next !== heading) {
      last.nextButOne = last.next;
      last.next = heading;
    }
    this.#last = heading;
  }

  #readAs(heading: Heading | undefined, codes: Codes, from: number, end: number): Message | undefined {
    if (!heading) return undefined;
    if (!heading.isOfChannel) return heading.read(codes, from, end, undefined);
    const start = this.#readStart(codes, from, end);
    return start && heading.read(codes, from + start.length, end, start.channel);
  }
}

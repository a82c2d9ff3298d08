import { KnownText } from '../text/known-text.ts';
import type { Codes } from '../text/text-codes.ts';
import { createValueStep, placeValues, type ValueStep } from './exact-values.ts';
import { FoundMessage, type FoundWording, foundWording } from './found-message.ts';
import type { Message } from './message.ts';
import type { Wording } from './wording.ts';

/** The wordings that begin with the same text, up to their first value. */
export class Heading {
  readonly text: KnownText;
  readonly isOfChannel: boolean;
  /** A longer heading begins with it, and counts first. */
  isPrefix = false;
  /** The headings that followed it the last two times. */
  next: Heading | undefined;
  nextButOne: Heading | undefined;
  /** First fit. */
  readonly wordings: FoundWording[] = [];
  readonly #found: FoundMessage;

  constructor(text: string, isOfChannel: boolean, found: FoundMessage) {
    this.text = new KnownText(text);
    this.isOfChannel = isOfChannel;
    this.#found = found;
  }

  /** The message is good until the next one is read: all are given in the same object. */
  read(codes: Codes, from: number, end: number, channel: string | undefined): Message | undefined {
    if (!this.text.standsIn(codes, from, end)) return undefined;
    const at = from + this.text.length;
    for (let index = 0; index < this.wordings.length; index += 1) {
      const wording = this.wordings[index] as FoundWording;
      if (!placeValues(wording.steps, codes, at, end)) continue;
      this.#found.set(wording, codes, channel);
      return this.#found as unknown as Message;
    }
    return undefined;
  }
}

/**
 * A step of the way to the heading that a line may begin with: only the characters in which headings differ are looked at. So the text of
 * one heading is compared, whatever the number of wordings; trying them in turn took most of the time of a long log.
 */
interface Branch {
  /** The heading that all others below begin with, if there is one. */
  readonly heading: Heading | undefined;
  /** Where the others differ first. */
  readonly offset: number;
  /** By the code of the character there, from the lowest code on: the tree has to stay in the cache of the processor. */
  readonly next: readonly (Branch | undefined)[];
  readonly lowest: number;
}

const found = new FoundMessage();

/** Finds which of the wordings a part of a text is, character by character. */
export class ExactMatcher {
  /** Of the line that was read last. */
  heading: Heading;
  readonly #root: Branch;

  constructor(wordings: readonly Wording[], isOfChannel: boolean) {
    this.#root = branchOf(headingsOf(wordings, isOfChannel));
    this.heading = new Heading('', isOfChannel, found);
  }

  read(codes: Codes, from: number, end: number, channel?: string): Message | undefined {
    const count = pass(this.#root, codes, from);
    // The longest heading is most particular, and counts first.
    for (let index = count - 1; index >= 0; index -= 1) {
      const heading = passed[index] as Heading;
      const message = heading.read(codes, from, end, channel);
      if (message) {
        this.heading = heading;
        return message;
      }
    }
    return undefined;
  }
}

const headingsOf = (wordings: readonly Wording[], isOfChannel: boolean): Heading[] => {
  const headings = new Map<string, Heading>();
  for (const { kind, steps } of wordings) {
    const [first] = steps;
    const text = first && 'literal' in first ? first.literal : '';
    const heading = headings.get(text) ?? new Heading(text, isOfChannel, found);
    headings.set(text, heading);
    heading.wordings.push(foundWording(kind, valuesOf(steps)));
  }
  return [...headings.values()];
};

const valuesOf = (steps: Wording['steps']): ValueStep[] =>
  steps.flatMap((step, index) => {
    if ('literal' in step) return [];
    const next = steps[index + 1];
    return [createValueStep(step, next && 'literal' in next ? next.literal : '')];
  });

const branchOf = (headings: readonly Heading[]): Branch => {
  const [first] = headings;
  let offset = 0;
  while (
    headings.every(({ text }) => offset < text.length && text.codeAt(offset) === first?.text.codeAt(offset))
  )
    offset += 1;
  const heading = headings.find(({ text }) => text.length === offset);
  const others = headings.filter((each) => each !== heading);
  if (heading && others.length > 0) heading.isPrefix = true;
  const byCode = Map.groupBy(others, ({ text }) => text.codeAt(offset));
  const lowest = Math.min(...byCode.keys());
  const next = new Array<Branch | undefined>(
    others.length === 0 ? 0 : Math.max(...byCode.keys()) - lowest + 1,
  ).fill(undefined);
  for (const [code, below] of byCode) next[code - lowest] = branchOf(below);
  return { heading, offset, next, lowest };
};

/** More headings that begin with each other than there are. */
const passed: (Heading | undefined)[] = new Array<undefined>(16).fill(undefined);

/** The headings on the way that a line may begin with, shortest first; answers how many. */
const pass = (root: Branch, codes: Uint16Array, from: number): number => {
  let count = 0;
  for (let branch: Branch | undefined = root; branch !== undefined; ) {
    if (branch.heading) {
      passed[count] = branch.heading;
      count += 1;
    }
    const { next, lowest, offset }: Branch = branch;
    const index: number = (codes[from + offset] ?? 0) - lowest;
    branch = index >= 0 && index < next.length ? next[index] : undefined;
  }
  return count;
};

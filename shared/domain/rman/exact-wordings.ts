import { createValueStep, placeValues, standsAt, type ValueStep } from './exact-values.ts';
import { FoundMessage, type FoundWording, foundWording } from './found-message.ts';
import type { Message } from './message.ts';
import { flatText, type Wording } from './wording.ts';

/** The wordings that begin with the same text, up to their first value. */
interface Heading {
  readonly text: string;
  /** First fit. */
  readonly wordings: FoundWording[];
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

/** The message is good until the next one is read: all are given in the same object. */
export type ExactMatcher = (text: string, from: number, end: number, channel?: string) => Message | undefined;

/** Finds which of the wordings a part of a text is, character by character. */
export const createExactMatcher = (wordings: readonly Wording[]): ExactMatcher => {
  const root = branchOf(headingsOf(wordings));
  const found = new FoundMessage();
  return (text, from, end, channel) => {
    const wording = find(root, text, from, end);
    if (!wording) return undefined;
    found.set(wording, text, channel);
    return found as unknown as Message;
  };
};

const headingsOf = (wordings: readonly Wording[]): Heading[] => {
  const headings = new Map<string, Heading>();
  for (const { kind, steps } of wordings) {
    const [first] = steps;
    const text = first && 'literal' in first ? flatText(first.literal) : '';
    const heading = headings.get(text) ?? { text, wordings: [] };
    headings.set(text, heading);
    heading.wordings.push(foundWording(kind, valuesOf(steps)));
  }
  return [...headings.values()];
};

const valuesOf = (steps: Wording['steps']): ValueStep[] =>
  steps.flatMap((step, index) => {
    if ('literal' in step) return [];
    const next = steps[index + 1];
    return [createValueStep(step, next && 'literal' in next ? flatText(next.literal) : '')];
  });

const branchOf = (headings: readonly Heading[]): Branch => {
  const [first] = headings;
  let offset = 0;
  while (headings.every(({ text }) => offset < text.length && text[offset] === first?.text[offset]))
    offset += 1;
  const heading = headings.find(({ text }) => text.length === offset);
  const others = headings.filter((each) => each !== heading);
  const byCode = Map.groupBy(others, ({ text }) => text.charCodeAt(offset));
  const lowest = Math.min(...byCode.keys());
  const next = new Array<Branch | undefined>(
    others.length === 0 ? 0 : Math.max(...byCode.keys()) - lowest + 1,
  ).fill(undefined);
  for (const [code, below] of byCode) next[code - lowest] = branchOf(below);
  return { heading, offset, next, lowest };
};

/** More headings that begin with each other than there are. */
const passed: (Heading | undefined)[] = new Array<undefined>(16).fill(undefined);

/** The longest heading is most particular, and counts first. */
const find = (root: Branch, text: string, from: number, end: number): FoundWording | undefined => {
  let count = 0;
  for (let branch: Branch | undefined = root; branch !== undefined; ) {
    if (branch.heading) {
      passed[count] = branch.heading;
      count += 1;
    }
    const { next, lowest, offset }: Branch = branch;
    const index: number = text.charCodeAt(from + offset) - lowest;
    branch = index >= 0 && index < next.length ? next[index] : undefined;
  }
  while (count > 0) {
    count -= 1;
    const heading = passed[count] as Heading;
    const wording = standsAt(heading.text, text, from, end)
      ? fittingOf(heading.wordings, text, from + heading.text.length, end)
      : undefined;
    if (wording) return wording;
  }
  return undefined;
};

const fittingOf = (
  wordings: readonly FoundWording[],
  text: string,
  at: number,
  end: number,
): FoundWording | undefined => {
  for (let index = 0; index < wordings.length; index += 1) {
    const wording = wordings[index] as FoundWording;
    if (placeValues(wording.steps, text, at, end)) return wording;
  }
  return undefined;
};

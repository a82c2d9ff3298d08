import type { Fields } from './message.ts';
import { endOfDigits, endOfToken, ownCodesOf, standsIn } from './text-codes.ts';
import { endOfElapsed, readText, secondsOf, type Value } from './wording.ts';

/** A value and the text that has to stand behind it. */
export interface ValueStep {
  readonly value: Value;
  readonly after: Uint16Array;
  readonly jumps: Uint8Array;
  readonly reads: 'number' | 'repeated' | 'long' | 'plain';
  /** Of a value that line after line repeats: how the log last had it, with the text behind it, and what was read from it. */
  lastSeen: Uint16Array;
  lastRead: string;
  isLastSeen: boolean;
}

/** Line after line has the same: they are told at once, and kept once. */
const REPEATED: ReadonlySet<keyof Fields | undefined> = new Set([
  'date',
  'tag',
  'comment',
  'command',
  'device',
  'version',
]);

export const createValueStep = (value: Value, after: string): ValueStep => ({
  value,
  after: ownCodesOf(after),
  jumps: jumpsOf(ownCodesOf(after)),
  reads: readsOf(value),
  lastSeen: new Uint16Array(0),
  lastRead: '',
  isLastSeen: false,
});

const readsOf = ({ field, form }: Value): ValueStep['reads'] => {
  if (form === 'number') return 'number';
  if (form !== 'text' && form !== 'view' && form !== 'anything') return 'plain';
  return REPEATED.has(field) ? 'repeated' : 'long';
};

/** More values than any wording has. */
const MOST_VALUES = 16;

// Where the values of the line stand that is being read: lists of its own for each line would cost more than the line.
const starts = new Uint32Array(MOST_VALUES);
const stops = new Uint32Array(MOST_VALUES);
const numbers = new Float64Array(MOST_VALUES);

/** Whether the rest of the line goes on like this; marks where the values stand. */
export const placeValues = (
  steps: readonly ValueStep[],
  codes: Uint16Array,
  from: number,
  end: number,
): boolean => {
  let at = from;
  for (let slot = 0; slot < steps.length; slot += 1) {
    const step = steps[slot] as ValueStep;
    const { after } = step;
    const stop = endOfValue(step, codes, at, end, slot);
    if (stop < 0) return false;
    starts[slot] = at;
    stops[slot] = stop;
    if (!standsIn(codes, after, stop, end)) return false;
    at = stop + after.length;
  }
  return at === end;
};

const endOfValue = (step: ValueStep, codes: Uint16Array, at: number, end: number, slot: number): number => {
  switch (step.reads) {
    case 'number':
      return readNumber(codes, at, end, slot);
    case 'repeated': {
      const { lastSeen, after } = step;
      const stop = at + lastSeen.length - after.length;
      step.isLastSeen =
        lastSeen.length > 0 &&
        (after.length === 0 ? stop === end : stop < end) &&
        standsIn(codes, lastSeen, at, end);
      return step.isLastSeen ? stop : endOfText(step, codes, at, end);
    }
    case 'long':
      return endOfText(step, codes, at, end);
    case 'plain':
      return endOfPlain(step.value, codes, at);
  }
};

const readNumber = (codes: Uint16Array, from: number, end: number, slot: number): number => {
  let number = 0;
  let at = from;
  for (; at < end; at += 1) {
    const digit = (codes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  numbers[slot] = number;
  return at > from ? at : -1;
};

/**
 * Where the text behind a value begins: the first place. Names are long, so it is looked for by its last character, which tells how far
 * the next place is at least (Horspool's search).
 */
const endOfText = ({ after, jumps }: ValueStep, codes: Uint16Array, from: number, end: number): number => {
  const { length } = after;
  if (length === 0) return end;
  for (let at = from; at + length <= end; ) {
    const jump = jumps[codes[at + length - 1] ?? 0] ?? length;
    if (jump === 0 && standsIn(codes, after, at, end)) return at;
    at += jump === 0 ? 1 : jump;
  }
  return -1;
};

/** By the character under the end of the text: 0, where it may stand here, or how far on it may. */
const jumpsOf = (after: Uint16Array): Uint8Array => {
  const { length } = after;
  const jumps = new Uint8Array(128).fill(length);
  after.forEach((code, index) => {
    jumps[code] = length - 1 - index;
  });
  return jumps;
};

const endOfPlain = ({ form }: Value, codes: Uint16Array, at: number): number => {
  const end =
    form === 'elapsed'
      ? endOfElapsed(codes, at)
      : form === 'digits'
        ? endOfDigits(codes, at)
        : endOfToken(codes, at);
  return end > at ? end : -1;
};

/** The value in a place of the line that was read last. */
export const textIn = (step: ValueStep, slot: number, line: string): string => {
  const start = starts[slot] ?? 0;
  const stop = stops[slot] ?? 0;
  const { form } = step.value;
  if (step.reads !== 'repeated') return readText(form, line, start, stop);
  if (!step.isLastSeen) {
    step.lastSeen = ownCodesOf(line.slice(start, stop + step.after.length));
    step.lastRead = readText(form, line, start, stop);
    step.isLastSeen = true;
  }
  return step.lastRead;
};

/** A number, or a time as seconds. */
export const numberIn = (step: ValueStep, slot: number, line: string): number =>
  step.reads === 'number' ? (numbers[slot] ?? 0) : secondsOf(line.slice(starts[slot], stops[slot]));

import { KnownText } from '../text/known-text.ts';
import { mayHideSecret, redact } from '../text/redact.ts';
import { type Codes, endOfDigits, endOfToken } from '../text/text-codes.ts';
import { placeOf, type SearchedText, searchedText } from '../text/text-search.ts';
import type { Fields } from './message.ts';
import { endOfElapsed, secondsIn, type Value } from './wording.ts';

// How a value is read. Numbers, as they are compared for every value, and V8 has to look into the memory to compare strings.
const NUMBER = 0;
const REPEATING = 1;
const LONG = 2;
const PLAIN = 3;
type Reads = typeof NUMBER | typeof REPEATING | typeof LONG | typeof PLAIN;

/** A value and the text that has to stand behind it. */
export interface ValueStep {
  readonly value: Value;
  readonly after: KnownText;
  readonly searchedAfter: SearchedText;
  readonly reads: Reads;
  /** Of a value that line after line repeats: how the log had it the last two times that it was another. */
  lastSeen: SeenValue;
  lastButOne: SeenValue;
  isLastSeen: boolean;
}

/** A value as a line had it, with the text behind it, and what was read from it. */
interface SeenValue {
  readonly text: KnownText;
  value: string;
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

/** Longer than dates and most tags; what is longer is read again each time. */
const LONGEST_REPEATED = 64;

export const createValueStep = (value: Value, after: string): ValueStep => {
  const searchedAfter = searchedText(after);
  return {
    value,
    after: searchedAfter.text,
    searchedAfter,
    reads: readsOf(value),
    lastSeen: nothingSeen(value),
    lastButOne: nothingSeen(value),
    isLastSeen: false,
  };
};

const nothingSeen = ({ field }: Value): SeenValue => ({
  text: new KnownText('', REPEATED.has(field) ? LONGEST_REPEATED : 0),
  value: '',
});

const readsOf = ({ field, form }: Value): Reads => {
  if (form === 'number') return NUMBER;
  if (form !== 'text' && form !== 'anything') return PLAIN;
  return REPEATED.has(field) ? REPEATING : LONG;
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
  codes: Codes,
  from: number,
  end: number,
): boolean => {
  let at = from;
  for (let slot = 0; slot < steps.length; slot += 1) {
    const step = steps[slot] as ValueStep;
    const stop = endOfValue(step, codes, at, end, slot);
    if (stop < 0) return false;
    starts[slot] = at;
    stops[slot] = stop;
    if (!step.after.standsIn(codes, stop, end)) return false;
    at = stop + step.after.length;
  }
  return at === end;
};

const endOfValue = (step: ValueStep, codes: Codes, at: number, end: number, slot: number): number => {
  switch (step.reads) {
    case NUMBER:
      return readNumber(codes, at, end, slot);
    case REPEATING:
      step.isLastSeen = isRepeated(step, codes, at, end);
      return step.isLastSeen
        ? at + step.lastSeen.text.length - step.after.length
        : endOfText(step, codes, at, end);
    case LONG:
      return endOfText(step, codes, at, end);
    case PLAIN:
      return endOfPlain(step.value, codes, at);
  }
};

const isRepeated = (step: ValueStep, codes: Codes, at: number, end: number): boolean => {
  const { lastSeen, lastButOne, after } = step;
  if (isSeen(lastSeen.text, after, codes, at, end)) return true;
  if (!isSeen(lastButOne.text, after, codes, at, end)) return false;
  step.lastSeen = lastButOne;
  step.lastButOne = lastSeen;
  return true;
};

const isSeen = (text: KnownText, after: KnownText, codes: Codes, at: number, end: number): boolean => {
  const { length } = text;
  if (length === 0 || (after.length === 0 && at + length !== end)) return false;
  // A date or a number of a run differs in its end, if it does.
  return codes[at + length - 1] === text.codeAt(length - 1) && text.standsIn(codes, at, end);
};

const readNumber = (codes: Codes, from: number, end: number, slot: number): number => {
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

/** Where the text behind a value begins: the first place. */
const endOfText = ({ after, searchedAfter }: ValueStep, codes: Codes, from: number, end: number): number =>
  after.length === 0 ? end : placeOf(searchedAfter, codes, from, end);

const endOfPlain = ({ form }: Value, codes: Codes, at: number): number => {
  const end =
    form === 'elapsed'
      ? endOfElapsed(codes, at)
      : form === 'digits'
        ? endOfDigits(codes, at)
        : endOfToken(codes, at);
  return end > at ? end : -1;
};

/** The value in a place of the line that was read last. */
export const textIn = (step: ValueStep, slot: number, codes: Codes): string => {
  const start = starts[slot] ?? 0;
  const stop = stops[slot] ?? 0;
  if (step.reads !== REPEATING) return readText(step.value, codes, start, stop);
  if (!step.isLastSeen) remember(step, readText(step.value, codes, start, stop), codes, start, stop);
  return step.lastSeen.value;
};

const readText = ({ form }: Value, codes: Codes, start: number, stop: number): string => {
  const last = codes[stop - 1] ?? 0;
  const kept = codes.keep(start, stop);
  const text = form === 'anything' || (last > 32 && last < 128) ? kept : kept.trimEnd();
  return mayHideSecret(codes, start, stop) ? redact(text) : text;
};

const remember = (step: ValueStep, text: string, codes: Codes, start: number, stop: number): void => {
  const length = stop + step.after.length - start;
  const seen = step.lastButOne;
  seen.value = text;
  seen.text.become(codes, start, length > LONGEST_REPEATED ? 0 : length);
  step.lastButOne = step.lastSeen;
  step.lastSeen = seen;
  step.isLastSeen = true;
};

/** A number, or a time as seconds. */
export const numberIn = (step: ValueStep, slot: number, codes: Codes): number =>
  step.reads === NUMBER ? small(numbers[slot] ?? 0) : secondsIn(codes, starts[slot] ?? 0, stops[slot] ?? 0);

/** What comes out of an array of doubles is kept as an object of its own, unless V8 is shown that it is a small integer. */
const small = (number: number): number => {
  const integer = number | 0;
  return integer === number ? integer : number;
};

import type { Fields } from './message.ts';
import {
  copyText,
  endOfDigits,
  endOfElapsed,
  endOfToken,
  readText,
  secondsOf,
  type Value,
} from './wording.ts';

/** A value and the text that has to stand behind it. */
export interface ValueStep {
  readonly value: Value;
  readonly after: string;
  readonly reads: 'number' | 'repeated' | 'long' | 'plain';
  /** Of a value that line after line repeats: how the log last had it, with the text behind it, and what was read from it. */
  lastSeen: string;
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
  after,
  reads: readsOf(value),
  lastSeen: '',
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
  text: string,
  from: number,
  end: number,
): boolean => {
  let at = from;
  for (let slot = 0; slot < steps.length; slot += 1) {
    const step = steps[slot] as ValueStep;
    const { after } = step;
    const stop = endOfValue(step, text, at, end, slot);
    if (stop < 0) return false;
    starts[slot] = at;
    stops[slot] = stop;
    if (!standsAt(after, text, stop, end)) return false;
    at = stop + after.length;
  }
  return at === end;
};

/** Longer texts are compared by machine words, as the operator does; `startsWith` looks at every character. */
const SHORT = 12;

/** Whether a line has a text in a place. */
export const standsAt = (wanted: string, text: string, at: number, end: number): boolean => {
  const { length } = wanted;
  if (at + length > end) return false;
  if (length > SHORT) return text.slice(at, at + length) === wanted;
  for (let index = 0; index < length; index += 1) {
    if (text.charCodeAt(at + index) !== wanted.charCodeAt(index)) return false;
  }
  return true;
};

const endOfValue = (step: ValueStep, text: string, at: number, end: number, slot: number): number => {
  switch (step.reads) {
    case 'number':
      return readNumber(text, at, end, slot);
    case 'repeated': {
      const { lastSeen, after } = step;
      const stop = at + lastSeen.length - after.length;
      step.isLastSeen =
        lastSeen !== '' &&
        (after === '' ? stop === end : stop < end) &&
        text.slice(at, at + lastSeen.length) === lastSeen;
      return step.isLastSeen ? stop : endOfText(after, text, at, end);
    }
    case 'long':
      return endOfText(step.after, text, at, end);
    case 'plain':
      return endOfPlain(step.value, text, at);
  }
};

const readNumber = (text: string, from: number, end: number, slot: number): number => {
  let number = 0;
  let at = from;
  for (; at < end; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  numbers[slot] = number;
  return at > from ? at : -1;
};

/** Within the line: a search in the text would go on through all that follows. */
const endOfText = (after: string, text: string, at: number, end: number): number => {
  if (after === '') return end;
  const length = text.slice(at, end).indexOf(after);
  return length < 0 ? -1 : at + length;
};

const endOfPlain = ({ form }: Value, text: string, at: number): number => {
  const end =
    form === 'elapsed'
      ? endOfElapsed(text, at)
      : form === 'digits'
        ? endOfDigits(text, at)
        : endOfToken(text, at);
  return end > at ? end : -1;
};

/** The value in a place of the line that was read last. */
export const textIn = (step: ValueStep, slot: number, line: string): string => {
  const start = starts[slot] ?? 0;
  const stop = stops[slot] ?? 0;
  const { form } = step.value;
  if (step.reads !== 'repeated') return readText(form, line, start, stop);
  if (!step.isLastSeen) {
    step.lastSeen = copyText(line.slice(start, stop + step.after.length));
    step.lastRead = readText(form, line, start, stop);
    step.isLastSeen = true;
  }
  return step.lastRead;
};

/** A number, or a time as seconds. */
export const numberIn = (step: ValueStep, slot: number, line: string): number =>
  step.reads === 'number' ? (numbers[slot] ?? 0) : secondsOf(line.slice(starts[slot], stops[slot]));

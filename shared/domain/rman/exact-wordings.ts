import { type Fields, type Message, type MessageKind, messageKinds } from './message.ts';
import { createMessageRecord, type MessageRecord } from './message-record.ts';
import {
  endOfDigits,
  endOfElapsed,
  endOfToken,
  flatText,
  readValueAt,
  type Value,
  type Wording,
} from './wording.ts';

/** What wordings begin with, as a tree: what several of them share is compared once. */
interface Node {
  /** Text that may follow, by the code of its first character. */
  readonly edges: (Edge | undefined)[];
  /** The wordings whose text has come to an end, or to their first value, here; first fit. */
  readonly tails: Tail[];
}

interface Edge {
  text: string;
  codes: Uint8Array;
  node: Node;
}

/** How a wording goes on from its first value, if it has one. */
interface Tail {
  readonly kind: MessageKind;
  readonly steps: readonly TailStep[];
  /** Values of this kind of message that the wording lacks. */
  readonly absent: readonly (keyof Fields)[];
}

/** A value and the text that has to stand behind it. */
interface TailStep {
  readonly value: Value;
  readonly after: string;
  readonly codes: Uint8Array;
  readonly isNumber: boolean;
  readonly isLong: boolean;
  /** The same text in line after line is kept once. */
  readonly isRepeated: boolean;
  known: string;
}

/** More values than any wording has. */
const MOST_VALUES = 16;

const ASCII = 128;

const emptyNode = (): Node => ({ edges: new Array<undefined>(ASCII).fill(undefined), tails: [] });

const REPEATED: ReadonlySet<keyof Fields | undefined> = new Set([
  'date',
  'tag',
  'comment',
  'command',
  'device',
  'version',
]);

/** The message is good until the next one is read: all are given in the same object. */
export type ExactMatcher = (text: string, from: number, end: number, channel?: string) => Message | undefined;

/** Finds which of the wordings a part of a text is, character by character. */
export const createExactMatcher = (wordings: readonly Wording[]): ExactMatcher => {
  const root = emptyNode();
  for (const wording of wordings) insert(root, wording);
  const record = createMessageRecord();
  return (text, from, end, channel) => {
    const tail = find(root, text, from, end);
    if (!tail) return undefined;
    fill(record, tail, text);
    if (channel !== undefined) record.channel = channel;
    return record as unknown as Message;
  };
};

const insert = (root: Node, { kind, steps }: Wording): void => {
  const [first] = steps;
  const hasHead = first !== undefined && 'literal' in first;
  const node = hasHead ? nodeBehind(root, first.literal) : root;
  const tail: TailStep[] = [];
  for (let index = hasHead ? 1 : 0; index < steps.length; index += 1) {
    const value = steps[index];
    if (value === undefined || 'literal' in value) continue;
    const next = steps[index + 1];
    const after = next && 'literal' in next ? flatText(next.literal) : '';
    tail.push({
      value,
      after,
      codes: codesOf(after),
      isNumber: value.form === 'number',
      isLong: value.form === 'text' || value.form === 'view' || value.form === 'anything',
      isRepeated: REPEATED.has(value.field),
      known: '',
    });
  }
  const absent = messageKinds[kind]
    .filter((name) => name.endsWith('?'))
    .map((name) => name.slice(0, -1) as keyof Fields)
    .filter((name) => !tail.some(({ value }) => value.field === name));
  node.tails.push({ kind, steps: tail, absent });
};

/** The node to which a text leads; edges are made and parted as needed. */
const nodeBehind = ({ edges }: Node, text: string): Node => {
  const edge = edges[text.charCodeAt(0)];
  if (!edge) {
    const node: Node = emptyNode();
    edges[text.charCodeAt(0)] = { text, codes: codesOf(text), node };
    return node;
  }
  let shared = 1;
  while (shared < edge.text.length && edge.text[shared] === text[shared]) shared += 1;
  if (shared < edge.text.length) {
    const rest = edge.text.slice(shared);
    const parted: Edge = { text: rest, codes: codesOf(rest), node: edge.node };
    edge.text = edge.text.slice(0, shared);
    edge.codes = codesOf(edge.text);
    edge.node = emptyNode();
    edge.node.edges[rest.charCodeAt(0)] = parted;
  }
  return shared === text.length ? edge.node : nodeBehind(edge.node, text.slice(shared));
};

const codesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

// What is known of the line that is being read: lists of its own for each line would cost more than the line.
const passed: Node[] = [];
const passedAt = new Uint32Array(64);
const starts = new Uint32Array(MOST_VALUES);
const stops = new Uint32Array(MOST_VALUES);
const numbers = new Float64Array(MOST_VALUES);

/** Follows the tree as far as the text goes with it. What has come furthest is most particular, and fits first. */
const find = (root: Node, text: string, from: number, end: number): Tail | undefined => {
  let count = 0;
  let at = from;
  for (let node: Node | undefined = root; node !== undefined; ) {
    if (node.tails.length > 0) {
      passed[count] = node;
      passedAt[count] = at;
      count += 1;
    }
    const first = text.charCodeAt(at);
    const edge: Edge | undefined = first < ASCII ? node.edges[first] : undefined;
    at = edge ? behind(edge.codes, text, at, end) : -1;
    node = at < 0 ? undefined : edge?.node;
  }
  while (count > 0) {
    count -= 1;
    const tails = passed[count]?.tails ?? [];
    for (let index = 0; index < tails.length; index += 1) {
      const tail = tails[index] as Tail;
      if (fits(tail.steps, text, passedAt[count] ?? 0, end)) return tail;
    }
  }
  return undefined;
};

/** Where a text ends that has to stand at a place, or -1. The built-in comparison costs several times as much for texts so short. */
const behind = (wanted: Uint8Array, text: string, at: number, end: number): number => {
  const { length } = wanted;
  if (at + length > end) return -1;
  for (let index = 0; index < length; index += 1) {
    if (text.charCodeAt(at + index) !== wanted[index]) return -1;
  }
  return at + length;
};

/** Whether the rest of the line goes on like this; marks where the values stand. */
const fits = (steps: readonly TailStep[], text: string, from: number, end: number): boolean => {
  let at = from;
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index] as TailStep;
    const stop = step.isNumber
      ? readNumber(text, at, end, index)
      : step.isLong
        ? endOfText(step.after, text, at, end)
        : endOfPlain(step.value, text, at);
    if (stop < 0 || stop > end) return false;
    starts[index] = at;
    stops[index] = stop;
    at = behind(step.codes, text, stop, end);
    if (at < 0) return false;
  }
  return at === end;
};

const readNumber = (text: string, from: number, end: number, index: number): number => {
  let number = 0;
  let at = from;
  for (; at < end; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  numbers[index] = number;
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

const fill = (record: MessageRecord, { kind, steps, absent }: Tail, text: string): void => {
  record.kind = kind;
  for (let index = 0; index < absent.length; index += 1) record[absent[index] as 'text'] = undefined;
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index] as TailStep;
    const { field, form } = step.value;
    if (field === undefined) continue;
    const values = record as unknown as Record<string, unknown>;
    const start = starts[index] ?? 0;
    const stop = stops[index] ?? 0;
    if (step.isNumber) values[field] = numbers[index];
    else if (step.isRepeated) values[field] = repeated(step, text, start, stop);
    else values[field] = readValueAt(form, text, start, stop);
  }
};

const repeated = (step: TailStep, text: string, start: number, stop: number): string => {
  const { known } = step;
  if (known.length !== stop - start || !text.startsWith(known, start)) {
    step.known = readValueAt(step.value.form, text, start, stop) as string;
  }
  return step.known;
};

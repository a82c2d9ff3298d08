import { keepText } from '../text/kept-text.ts';
import { codesOf, endOfDigits, endOfToken, isDigit, skipBlanks } from '../text/text-codes.ts';
import { fitLoosely } from './loose-text.ts';
import { type Fields, type Message, type MessageKind, messageKinds } from './message.ts';

/** A wording, taken apart: text that has to stand there, and values between. */
export interface Wording {
  readonly kind: MessageKind;
  readonly steps: readonly Step[];
  /** The command that the text names. */
  readonly command?: string;
}

export type Step = Literal | Value;
interface Literal {
  readonly literal: string;
  /** Character by character; otherwise accents and blanks are taken loosely. */
  readonly exact: boolean;
}
export interface Value {
  readonly field: keyof Fields | undefined;
  readonly form: Form;
}
type Form = 'number' | 'digits' | 'elapsed' | 'token' | 'text' | 'anything';

const forms: Partial<Record<keyof Fields, Form>> = {
  channel: 'token',
  version: 'token',
  dbid: 'digits',
  elapsed: 'elapsed',
  sid: 'number',
  level: 'number',
  file: 'number',
  thread: 'number',
  sequence: 'number',
  recid: 'number',
  stamp: 'number',
  first: 'number',
  last: 'number',
  piece: 'number',
  copies: 'number',
};

/** Takes a wording apart. Throws when it lacks a value that its kind of message needs. */
export const readWording = (
  kind: MessageKind,
  wording: string,
  exact: boolean,
  command?: string,
): Wording => {
  const steps: Step[] = wording
    .split(/(\{[^}]+\})/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('{') ? readValue(part.slice(1, -1)) : { literal: part, exact }));
  const given: string[] = steps.flatMap((step) => ('field' in step && step.field ? [step.field] : []));
  // The channel may stand in the beginning of the line, which all of a language's channel lines share.
  given.push('channel', ...(command === undefined ? [] : ['command']));
  const missing = messageKinds[kind].filter((name) => !name.endsWith('?') && !given.includes(name));
  if (missing.length > 0) throw new Error(`the wording "${wording}" of ${kind} lacks ${missing.join(', ')}`);
  return { kind, steps, ...(command !== undefined && { command }) };
};

const readValue = (name: string): Value => {
  if (name === '…') return { field: undefined, form: 'anything' };
  const field = name as keyof Fields;
  return { field, form: forms[field] ?? 'text' };
};

/**
 * Fits a wording to a line from a position to its end. A value ends at the first place where the text after it fits; nothing is
 * tried twice, so the work is linear in the line.
 */
export const fitWording = (
  { kind, steps, command }: Wording,
  line: string,
  from: number,
  channel?: string,
): Message | undefined => {
  let at = from;
  let message: Record<string, unknown> | undefined;
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index] as Step;
    if ('literal' in step) {
      at = fitLiteral(step, line, at);
      if (at < 0) return undefined;
      continue;
    }
    const end = endOfValue(step, steps[index + 1], line, at);
    if (end < 0) return undefined;
    if (step.field !== undefined) {
      message ??= { kind };
      message[step.field] = readValueAt(step.form, line, at, end);
    }
    at = end;
  }
  if (at < line.length) return undefined;
  message ??= { kind };
  if (channel !== undefined) message.channel = channel;
  if (command !== undefined) message.command = command;
  return message as unknown as Message;
};

/** Where a channel's line goes on after its beginning, and the channel's name. */
export const fitChannelStart = (
  { steps }: Wording,
  line: string,
): { readonly channel: string; readonly at: number } | undefined => {
  let at = 0;
  let channel = '';
  for (const step of steps) {
    if ('literal' in step) {
      at = fitLiteral(step, line, at);
    } else {
      const end = endOfToken(codesOf(line), at);
      channel = line.slice(at, end);
      at = end > at ? end : -1;
    }
    if (at < 0) return undefined;
  }
  return { channel: keepText(channel), at };
};

const endOfValue = (step: Value, next: Step | undefined, line: string, at: number): number => {
  switch (step.form) {
    case 'number':
    case 'digits': {
      const end = endOfDigits(codesOf(line), at);
      return end > at ? end : -1;
    }
    case 'token': {
      const end = endOfToken(codesOf(line), at);
      return end > at ? end : -1;
    }
    case 'elapsed':
      return endOfElapsed(codesOf(line), at);
    case 'text':
    case 'anything':
      return next !== undefined && 'literal' in next ? findLiteral(next, line, at) : line.length;
  }
};

const readValueAt = (form: Form, line: string, at: number, end: number): string | number => {
  if (form === 'number') return readNumber(line, at, end);
  if (form === 'elapsed') return secondsIn(codesOf(line), at, end);
  const text = line.slice(at, end);
  return keepText(form === 'anything' ? text : text.trimEnd());
};

const readNumber = (line: string, from: number, end: number): number => {
  let number = 0;
  for (let at = from; at < end; at += 1) number = number * 10 + (line.charCodeAt(at) - 48);
  return number;
};

export const endOfElapsed = (codes: Uint16Array, from: number): number => {
  let at = endOfDigits(codes, from);
  if (at === from) return -1;
  for (let part = 0; part < 2; part += 1) {
    at = skipBlanks(codes, at);
    if (codes[at] !== 58) return -1;
    at = skipBlanks(codes, at + 1);
    const end = endOfDigits(codes, at);
    if (end - at !== 2) return -1;
    at = end;
  }
  return at;
};

/** Seconds of `hours:minutes:seconds`. */
export const secondsOf = (elapsed: string): number => secondsIn(codesOf(elapsed), 0, elapsed.length);

export const secondsIn = (codes: Uint16Array, from: number, end: number): number => {
  let seconds = 0;
  let part = 0;
  for (let at = from; at < end; at += 1) {
    const code = codes[at] ?? 0;
    if (isDigit(code)) {
      part = part * 10 + (code - 48);
    } else if (code === 58) {
      seconds = (seconds + part) * 60;
      part = 0;
    }
  }
  return seconds + part;
};

const fitLiteral = ({ literal, exact }: Literal, line: string, at: number): number => {
  if (!exact) return fitLoosely(literal, codesOf(line), at);
  return line.startsWith(literal, at) ? at + literal.length : -1;
};

const findLiteral = ({ literal, exact }: Literal, line: string, from: number): number => {
  if (exact) return line.indexOf(literal, from);
  const wanted = literal.trimStart();
  const first = wanted[0];
  if (first === undefined) return line.length;
  for (let at = line.indexOf(first, from); at >= 0; at = line.indexOf(first, at + 1)) {
    if (fitLoosely(wanted, codesOf(line), at) >= 0) return at;
  }
  return -1;
};

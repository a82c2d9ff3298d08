import { BlockList, isIP } from 'node:net';
import { wildcardExpression } from './wildcard.ts';

/** Decides about one value of an event. */
export type ValueTest = (value: unknown) => boolean;

type Compile = (operand: unknown, place: string) => ValueTest;

/** Operators on one value of a field; `exists` is on the field itself and stands in event-pattern.ts. */
export const compileOperator = (operator: string, operand: unknown, place: string): ValueTest => {
  const compile = OPERATORS.get(operator);
  if (compile === undefined) {
    throw new Error(`${place}: the operator ${operator} is not supported by the local EventBridge`);
  }
  return compile(operand, `${place}.${operator}`);
};

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The operator of an object that must have exactly one. */
export const singleEntry = (object: Readonly<Record<string, unknown>>, place: string): [string, unknown] => {
  const [entry, ...others] = Object.entries(object);
  if (entry === undefined || others.length > 0) throw new Error(`${place}: give one operator an object`);
  return entry;
};

const onText =
  (test: (text: string) => boolean): ValueTest =>
  (value) =>
    typeof value === 'string' && test(value);

const requireText = (operand: unknown, place: string): string => {
  if (typeof operand === 'string') return operand;
  throw new Error(`${place} needs text`);
};

/** A prefix or suffix is text, or text whose case is ignored. */
const compileAffix =
  (test: (text: string, affix: string) => boolean): Compile =>
  (operand, place) => {
    if (!isRecord(operand)) {
      const affix = requireText(operand, place);
      return onText((text) => test(text, affix));
    }
    const [operator, value] = singleEntry(operand, place);
    if (operator !== 'equals-ignore-case') throw new Error(`${place}.${operator} is not supported`);
    const affix = requireText(value, `${place}.${operator}`).toLowerCase();
    return onText((text) => test(text.toLowerCase(), affix));
  };

const compilePrefix = compileAffix((text, affix) => text.startsWith(affix));
const compileSuffix = compileAffix((text, affix) => text.endsWith(affix));

const compileIgnoreCase: Compile = (operand, place) => {
  const wanted = requireText(operand, place).toLowerCase();
  return onText((text) => text.toLowerCase() === wanted);
};

const compileWildcard: Compile = (operand, place) => {
  const expression = wildcardExpression(requireText(operand, place), place);
  return onText((text) => expression.test(text));
};

const COMPARISONS: ReadonlyMap<unknown, (value: number, limit: number) => boolean> = new Map([
  ['=', (value: number, limit: number) => value === limit],
  ['<', (value: number, limit: number) => value < limit],
  ['<=', (value: number, limit: number) => value <= limit],
  ['>', (value: number, limit: number) => value > limit],
  ['>=', (value: number, limit: number) => value >= limit],
]);

/** EventBridge compares numbers within these limits. */
const MAX_NUMBER = 5_000_000_000;

/** `["=", 5]`, `[">", 0]`, `["<=", 5]`, or a lower limit before an upper one: `[">", 0, "<=", 5]`. */
const compileNumeric: Compile = (operand, place) => {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw new Error(`${place} needs one or two pairs of a comparison and a number`);
  }
  const [first, firstLimit, second, secondLimit] = operand as unknown[];
  const tests = [readComparison(first, firstLimit, place)];
  if (operand.length === 4) {
    const isRange = /^>=?$/.test(String(first)) && /^<=?$/.test(String(second));
    if (!isRange || Number(firstLimit) >= Number(secondLimit)) {
      throw new Error(`${place}: a range is a lower limit (> or >=), then an upper one (< or <=) above it`);
    }
    tests.push(readComparison(second, secondLimit, place));
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
};

const readComparison = (comparison: unknown, limit: unknown, place: string) => {
  const compare = COMPARISONS.get(comparison);
  if (compare === undefined || typeof limit !== 'number' || Math.abs(limit) > MAX_NUMBER) {
    throw new Error(
      `${place} needs pairs of a comparison (= < <= > >=) and a number between -${MAX_NUMBER} and ${MAX_NUMBER}`,
    );
  }
  return (value: number) => compare(value, limit);
};

const compileCidr: Compile = (operand, place) => {
  const [address = '', bits = '', ...rest] = requireText(operand, place).split('/');
  const version = isIP(address);
  const isRange =
    version !== 0 && rest.length === 0 && /^\d+$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
  if (!isRange) throw new Error(`${place} needs a range of addresses such as 10.0.0.0/24`);
  const block = new BlockList();
  block.addSubnet(address, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  return onText((text) => isIP(text) === version && block.check(text, version === 4 ? 'ipv4' : 'ipv6'));
};

/** Values, or one of the text operators with one or more texts. */
const compileAnythingBut: Compile = (operand, place) => {
  if (isRecord(operand)) {
    const [operator, value] = singleEntry(operand, place);
    const compile = EXCLUDED_TEXTS.get(operator);
    if (compile === undefined) throw new Error(`${place}.${operator} is not supported`);
    const excluded = listOf(value).map((text) => compile(text, `${place}.${operator}`));
    if (excluded.length === 0) throw new Error(`${place}.${operator} must not be an empty list`);
    return (field) => !excluded.some((matches) => matches(field));
  }
  const excluded = listOf(operand);
  const isOf = (type: string) => excluded.every((value) => typeof value === type);
  if (excluded.length === 0 || !(isOf('string') || isOf('number'))) {
    throw new Error(`${place} needs texts, or numbers, or an object with one operator`);
  }
  return (value) => !excluded.includes(value);
};

const EXCLUDED_TEXTS: ReadonlyMap<string, Compile> = new Map([
  ['prefix', compilePrefix],
  ['suffix', compileSuffix],
  ['equals-ignore-case', compileIgnoreCase],
  ['wildcard', compileWildcard],
]);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const OPERATORS: ReadonlyMap<string, Compile> = new Map([
  ...EXCLUDED_TEXTS,
  ['numeric', compileNumeric],
  ['cidr', compileCidr],
  ['anything-but', compileAnythingBut],
]);

import type { EventEnvelope } from '../services.ts';

type Matcher = (value: unknown) => boolean;

/** Decides whether an event matches the pattern of a rule. */
export type EventFilter = (event: EventEnvelope) => boolean;

/**
 * Compiles an event pattern, as in
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
 * @throws Error that names the place of what EventBridge would refuse or what is not supported here.
 */
export const compilePattern = (pattern: unknown): EventFilter => {
  const matches = compileObject(pattern, 'EventPattern');
  return (event) => matches(event);
};

const compileObject = (pattern: unknown, place: string): Matcher => {
  if (!isRecord(pattern) || Object.keys(pattern).length === 0) {
    throw new Error(`${place} must be an object with at least one field`);
  }
  const fields = Object.entries(pattern).map(([key, part]) => {
    const inside = `${place}.${key}`;
    if (key.startsWith('$')) throw new Error(`${inside} is not supported by the local EventBridge`);
    const matches = Array.isArray(part) ? compileAlternatives(part, inside) : compileObject(part, inside);
    return { key, matches };
  });
  return (value) =>
    // A list in the event matches when one of its items does.
    Array.isArray(value)
      ? value.some((item) => fields.every(({ key, matches }) => matches(fieldOf(item, key))))
      : fields.every(({ key, matches }) => matches(fieldOf(value, key)));
};

const fieldOf = (value: unknown, key: string): unknown =>
  isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;

const compileAlternatives = (alternatives: readonly unknown[], place: string): Matcher => {
  if (alternatives.length === 0) throw new Error(`${place} must not be an empty list`);
  const matchers = alternatives.map((alternative) => compileAlternative(alternative, place));
  return (value) => matchers.some((matches) => matches(value));
};

const compileAlternative = (alternative: unknown, place: string): Matcher => {
  if (!isRecord(alternative)) return onEach((value) => value === alternative);
  const [entry, ...others] = Object.entries(alternative);
  if (entry === undefined || others.length > 0) throw new Error(`${place}: give one operator an object`);
  const [operator, operand] = entry;
  const compile = OPERATORS.get(operator);
  if (compile === undefined) {
    throw new Error(`${place}: the operator ${operator} is not supported by the local EventBridge`);
  }
  return compile(operand, `${place}.${operator}`);
};

/** A list in the event matches when one of its items does; a field that is absent never does. */
const onEach =
  (matches: Matcher): Matcher =>
  (value) =>
    value !== undefined && (Array.isArray(value) ? value.some(matches) : matches(value));

const OPERATORS: ReadonlyMap<string, (operand: unknown, place: string) => Matcher> = new Map([
  ['prefix', (operand, place) => onEach(textMatcher('prefix', operand, place))],
  ['suffix', (operand, place) => onEach(textMatcher('suffix', operand, place))],
  ['equals-ignore-case', (operand, place) => onEach(textMatcher('equals-ignore-case', operand, place))],
  ['wildcard', (operand, place) => onEach(textMatcher('wildcard', operand, place))],
  ['numeric', (operand, place) => onEach(compileNumeric(operand, place))],
  ['exists', compileExists],
  ['anything-but', (operand, place) => onEach(compileAnythingBut(operand, place))],
]);

const TEXT_TESTS: ReadonlyMap<string, (text: string, operand: string) => boolean> = new Map([
  ['prefix', (text: string, operand: string) => text.startsWith(operand)],
  ['suffix', (text: string, operand: string) => text.endsWith(operand)],
  ['equals-ignore-case', (text: string, operand: string) => text.toLowerCase() === operand.toLowerCase()],
  ['wildcard', (text: string, operand: string) => wildcardExpression(operand).test(text)],
]);

const textMatcher = (operator: string, operand: unknown, place: string): Matcher => {
  const test = TEXT_TESTS.get(operator);
  if (test === undefined) throw new Error(`${place} is not supported by the local EventBridge`);
  if (typeof operand !== 'string') throw new Error(`${place} needs text`);
  return (value) => typeof value === 'string' && test(value, operand);
};

/** `*` stands for any characters, `\*` for a star. */
const wildcardExpression = (pattern: string): RegExp => {
  const parts = pattern.split(/(?<!\\)\*/).map((part) => escapeExpression(part.replaceAll('\\*', '*')));
  return new RegExp(`^${parts.join('.*')}$`, 's');
};

const escapeExpression = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function compileExists(operand: unknown, place: string): Matcher {
  if (typeof operand !== 'boolean') throw new Error(`${place} needs true or false`);
  return (value) => (value !== undefined) === operand;
}

const compileAnythingBut = (operand: unknown, place: string): Matcher => {
  if (isRecord(operand)) {
    const [[operator, value] = ['', undefined], ...others] = Object.entries(operand);
    if (others.length > 0) throw new Error(`${place}: give one operator an object`);
    const alternatives = (Array.isArray(value) ? value : [value]).map((text) =>
      textMatcher(operator, text, `${place}.${operator}`),
    );
    return (field) => !alternatives.some((matches) => matches(field));
  }
  const excluded: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (!excluded.every((value) => typeof value === 'string' || typeof value === 'number')) {
    throw new Error(`${place} needs text, numbers or an object with one operator`);
  }
  return (value) => !excluded.some((each) => each === value);
};

const COMPARISONS: ReadonlyMap<unknown, (value: number, limit: number) => boolean> = new Map([
  ['=', (value: number, limit: number) => value === limit],
  ['<', (value: number, limit: number) => value < limit],
  ['<=', (value: number, limit: number) => value <= limit],
  ['>', (value: number, limit: number) => value > limit],
  ['>=', (value: number, limit: number) => value >= limit],
]);

/** `[">", 0, "<=", 5]`: all comparisons must hold. */
const compileNumeric = (operand: unknown, place: string): Matcher => {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0) {
    throw new Error(`${place} needs pairs of a comparison and a number`);
  }
  const tests = Array.from({ length: operand.length / 2 }, (_, pair) => {
    const compare = COMPARISONS.get(operand[2 * pair]);
    const limit: unknown = operand[2 * pair + 1];
    if (compare === undefined || typeof limit !== 'number') {
      throw new Error(`${place} needs pairs of a comparison (= < <= > >=) and a number`);
    }
    return (value: number) => compare(value, limit);
  });
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

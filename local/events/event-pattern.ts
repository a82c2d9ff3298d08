import { compileOperator, isRecord, singleEntry, type ValueTest } from './pattern-operators.ts';

/** Decides whether an event, or a part of it, matches. */
export type EventFilter = (event: unknown) => boolean;

/** Decides about the field of one name, which may be absent. */
type FieldTest = (field: unknown) => boolean;

/**
 * Compiles an event pattern, as in
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
 * @throws Error that names the place of what EventBridge would refuse or what is not supported here.
 */
export const compilePattern = (pattern: unknown): EventFilter => compileObject(pattern, 'EventPattern');

const compileObject = (pattern: unknown, place: string): EventFilter => {
  if (!isRecord(pattern) || Object.keys(pattern).length === 0) {
    throw new Error(`${place} must be an object with at least one field`);
  }
  const conditions = Object.entries(pattern).map(([key, part]) => compileField(key, part, `${place}.${key}`));
  return (value) =>
    // A list in the event matches when one of its items does, all fields within the same item.
    Array.isArray(value)
      ? value.some((item) => conditions.every((holds) => holds(item)))
      : conditions.every((holds) => holds(value));
};

const compileField = (key: string, part: unknown, place: string): EventFilter => {
  if (key === '$or') return compileEither(part, place);
  const test: FieldTest = Array.isArray(part) ? compileAlternatives(part, place) : compileObject(part, place);
  return (value) => test(fieldOf(value, key));
};

/** `$or` needs at least two patterns, each for the same part of the event. */
const compileEither = (part: unknown, place: string): EventFilter => {
  if (!Array.isArray(part) || part.length < 2)
    throw new Error(`${place} must be a list of two or more patterns`);
  const filters = part.map((each: unknown, index) => compileObject(each, `${place}[${index}]`));
  return (value) => filters.some((matches) => matches(value));
};

const fieldOf = (value: unknown, key: string): unknown =>
  isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;

const compileAlternatives = (alternatives: readonly unknown[], place: string): FieldTest => {
  if (alternatives.length === 0) throw new Error(`${place} must not be an empty list`);
  const tests = alternatives.map((alternative) => compileAlternative(alternative, place));
  return (field) => tests.some((test) => test(field));
};

const compileAlternative = (alternative: unknown, place: string): FieldTest => {
  if (Array.isArray(alternative)) throw new Error(`${place} must not hold a list`);
  if (!isRecord(alternative)) return onEach((value) => value === alternative);
  const [operator, operand] = singleEntry(alternative, place);
  if (operator === 'exists') return compileExists(operand, `${place}.${operator}`);
  return onEach(compileOperator(operator, operand, place));
};

/** The values of a field: a list has several, a list in a list as well; an object is no value. */
const leavesOf = (field: unknown): readonly unknown[] => {
  if (Array.isArray(field)) return field.flatMap(leavesOf);
  return field === undefined || isRecord(field) ? [] : [field];
};

const onEach =
  (test: ValueTest): FieldTest =>
  (field) =>
    leavesOf(field).some(test);

/** Whether the field has a value: objects and empty lists have none. */
const compileExists = (operand: unknown, place: string): FieldTest => {
  if (typeof operand !== 'boolean') throw new Error(`${place} needs true or false`);
  return (field) => leavesOf(field).length > 0 === operand;
};

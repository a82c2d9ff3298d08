import { BlockList, isIP } from 'node:net';
import { matchesArn, matchesPattern, splitArn } from './patterns.ts';

export type ConditionBlock = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface Operator {
  /** Negated operators hold when the key is absent, and must differ from every operand. */
  readonly isNegated: boolean;
  readonly matches: (value: string, operand: string) => boolean;
  readonly isOperand: (operand: string) => boolean;
}

const anyText = () => true;
const isBoolean = (text: string) => /^(true|false)$/i.test(text);
const isArnPattern = (text: string) => text === '*' || splitArn(text) !== undefined;

const equals = (value: string, operand: string) => value === operand;
const like = (value: string, operand: string) => matchesPattern(operand, value);
const arnLike = (value: string, operand: string) => matchesArn(operand, value);
const inRange = (value: string, operand: string) => isIP(value) !== 0 && isInRange(value, operand);

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: { isNegated: false, matches: equals, isOperand: anyText },
  StringNotEquals: { isNegated: true, matches: equals, isOperand: anyText },
  StringLike: { isNegated: false, matches: like, isOperand: anyText },
  StringNotLike: { isNegated: true, matches: like, isOperand: anyText },
  Bool: {
    isNegated: false,
    matches: (value, operand) => value.toLowerCase() === operand.toLowerCase(),
    isOperand: isBoolean,
  },
  NumericEquals: compared(readNumber, (value, operand) => value === operand),
  NumericNotEquals: { ...compared(readNumber, (value, operand) => value === operand), isNegated: true },
  NumericLessThan: compared(readNumber, (value, operand) => value < operand),
  NumericLessThanEquals: compared(readNumber, (value, operand) => value <= operand),
  NumericGreaterThan: compared(readNumber, (value, operand) => value > operand),
  NumericGreaterThanEquals: compared(readNumber, (value, operand) => value >= operand),
  DateEquals: compared(readDate, (value, operand) => value === operand),
  DateNotEquals: { ...compared(readDate, (value, operand) => value === operand), isNegated: true },
  DateLessThan: compared(readDate, (value, operand) => value < operand),
  DateLessThanEquals: compared(readDate, (value, operand) => value <= operand),
  DateGreaterThan: compared(readDate, (value, operand) => value > operand),
  DateGreaterThanEquals: compared(readDate, (value, operand) => value >= operand),
  // AWS documents ArnEquals and ArnLike to behave alike.
  ArnEquals: { isNegated: false, matches: arnLike, isOperand: isArnPattern },
  ArnLike: { isNegated: false, matches: arnLike, isOperand: isArnPattern },
  ArnNotEquals: { isNegated: true, matches: arnLike, isOperand: isArnPattern },
  ArnNotLike: { isNegated: true, matches: arnLike, isOperand: isArnPattern },
  IpAddress: { isNegated: false, matches: inRange, isOperand: (text) => parseRange(text) !== undefined },
  NotIpAddress: { isNegated: true, matches: inRange, isOperand: (text) => parseRange(text) !== undefined },
};

const IF_EXISTS = 'IfExists';

/** True when every operator and key of the block holds. `context` has lowercase names: keys ignore case. */
export function conditionsHold(block: ConditionBlock, context: ReadonlyMap<string, string>): boolean {
  return Object.entries(block).every(([operatorName, keys]) =>
    Object.entries(keys).every(([key, operands]) =>
      holds(operatorName, context.get(key.toLowerCase()), operandList(operands)),
    ),
  );
}

/** What is wrong with an operator and its operands, or undefined when this evaluator carries them out. */
export function findConditionFault(operatorName: string, operands: unknown): string | undefined {
  const list = operandList(operands);
  if (list.length === 0) return 'has no values';
  const isOperand = operatorName === 'Null' ? isBoolean : lookUp(operatorName)?.operator.isOperand;
  if (isOperand === undefined) return `the condition operator ${operatorName} is not supported`;
  const wrong = list.find((operand) => !isOperand(operand));
  return wrong === undefined ? undefined : `"${wrong}" is not a value for ${operatorName}`;
}

/** Operands as text: JSON policies may hold booleans and numbers unquoted. */
export function operandList(operands: unknown): string[] {
  return (Array.isArray(operands) ? operands : [operands]).map(String);
}

function holds(operatorName: string, value: string | undefined, operands: readonly string[]): boolean {
  if (operatorName === 'Null') {
    return operands.some((operand) => (operand.toLowerCase() === 'true') === (value === undefined));
  }
  const found = lookUp(operatorName);
  if (found === undefined) throw new Error(`Condition operator ${operatorName} was not validated at load`);
  if (value === undefined) return found.isIfExists || found.operator.isNegated;
  const isMatched = operands.some((operand) => found.operator.matches(value, operand));
  return isMatched !== found.operator.isNegated;
}

function lookUp(name: string): { operator: Operator; isIfExists: boolean } | undefined {
  const isIfExists = name.endsWith(IF_EXISTS);
  const plainName = isIfExists ? name.slice(0, -IF_EXISTS.length) : name;
  const operator = Object.hasOwn(OPERATORS, plainName) ? OPERATORS[plainName] : undefined;
  return operator && { operator, isIfExists };
}

/** Compares what both sides stand for; what stands for nothing (NaN) never holds. */
function compared(
  read: (text: string) => number,
  compare: (value: number, operand: number) => boolean,
): Operator {
  return {
    isNegated: false,
    matches: (value, operand) => !Number.isNaN(read(value)) && compare(read(value), read(operand)),
    isOperand: (operand) => !Number.isNaN(read(operand)),
  };
}

function readNumber(text: string): number {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : Number.NaN;
}

/** Milliseconds of a date in ISO 8601, with or without a time, or of seconds since the epoch. */
function readDate(text: string): number {
  if (/^\d{1,12}$/.test(text) && !/^\d{4}$/.test(text)) return Number(text) * 1000;
  return /^\d{4}(-\d\d(-\d\d(T.+(Z|[+-]\d\d:\d\d))?)?)?$/.test(text) ? Date.parse(text) : Number.NaN;
}

function parseRange(text: string) {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return undefined;
  const maxBits = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? maxBits : /^\d+$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(prefix <= maxBits)) return undefined;
  return { address, prefix, family: version === 4 ? ('ipv4' as const) : ('ipv6' as const) };
}

function isInRange(address: string, rangeText: string): boolean {
  const range = parseRange(rangeText);
  if (range === undefined) return false;
  const list = new BlockList();
  list.addSubnet(range.address, range.prefix, range.family);
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

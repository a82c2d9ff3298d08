import type { TemplateValue } from './template.ts';

/** What intrinsic functions look up while the values of one stack are resolved. */
export interface ResolutionScope {
  /** A pseudo parameter, parameter or resource. NO_VALUE for `AWS::NoValue`. */
  ref(logicalId: string): TemplateValue | typeof NO_VALUE;
  attribute(logicalId: string, attribute: string): string;
  importValue(exportName: string): TemplateValue;
  condition(name: string): boolean;
}

/** Result of `Ref: AWS::NoValue`: whatever it stands for is left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

type Resolved = TemplateValue | typeof NO_VALUE;
type IntrinsicFunction = (argument: TemplateValue, scope: ResolutionScope) => Resolved;

/** Replaces every intrinsic function of a value by its result. */
export const resolveValue = (value: TemplateValue, scope: ResolutionScope): TemplateValue => {
  const resolved = resolveOptional(value, scope);
  if (resolved === NO_VALUE) throw new Error('AWS::NoValue stands where a value is needed');
  return resolved;
};

/** As resolveValue, but NO_VALUE where `AWS::NoValue` stands. */
export const resolveOptional = (value: TemplateValue, scope: ResolutionScope): Resolved => {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value))
    return value.map((item) => resolveOptional(item, scope)).filter((item) => item !== NO_VALUE);
  const call = findCall(value);
  if (call !== undefined) return call.apply(call.argument, scope);
  const entries = Object.entries(value).map(([key, item]) => [key, resolveOptional(item, scope)] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, TemplateValue] => entry[1] !== NO_VALUE),
  );
};

const findCall = (value: {
  readonly [key: string]: TemplateValue;
}): { apply: IntrinsicFunction; argument: TemplateValue } | undefined => {
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return undefined;
  const [name, argument] = entry;
  const apply = FUNCTIONS.get(name);
  if (apply !== undefined) return { apply, argument };
  if (name.startsWith('Fn::')) throw new Error(`${name} is not supported by the local AWS`);
  return undefined;
};

const resolveText = (value: TemplateValue, scope: ResolutionScope, user: string): string => {
  const text = resolveValue(value, scope);
  if (typeof text === 'object') throw new Error(`${user} needs text, not ${JSON.stringify(text)}`);
  return String(text);
};

const resolveList = (
  value: TemplateValue | undefined,
  scope: ResolutionScope,
  user: string,
): readonly TemplateValue[] => {
  const list = value === undefined ? undefined : resolveValue(value, scope);
  if (!isList(list)) throw new Error(`${user} needs a list, not ${JSON.stringify(list)}`);
  return list;
};

const join: IntrinsicFunction = (argument, scope) => {
  const [separator, list] = argumentsOf(argument, 'Fn::Join');
  const parts = resolveList(list, scope, 'Fn::Join');
  return parts.map((part) => resolveText(part, scope, 'Fn::Join')).join(String(separator));
};

const select: IntrinsicFunction = (argument, scope) => {
  const [index = '', list] = argumentsOf(argument, 'Fn::Select');
  const items = resolveList(list, scope, 'Fn::Select');
  const position = resolveText(index, scope, 'Fn::Select');
  const item = items[Number(position)];
  if (item === undefined)
    throw new Error(`Fn::Select: there is no item ${position} in ${items.length} items`);
  return item;
};

const split: IntrinsicFunction = (argument, scope) => {
  const [separator, text = ''] = argumentsOf(argument, 'Fn::Split');
  return resolveText(text, scope, 'Fn::Split').split(String(separator));
};

const substitute: IntrinsicFunction = (argument, scope) => {
  const [template, variables = {}] = isList(argument) ? argument : [argument];
  if (
    typeof template !== 'string' ||
    typeof variables !== 'object' ||
    variables === null ||
    isList(variables)
  ) {
    throw new Error('Fn::Sub needs text and, optionally, variables');
  }
  return template.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    // ${!Name} stands for the text ${Name}.
    if (literal !== '') return `\${${name}}`;
    const variable = variables[name];
    if (variable !== undefined) return resolveText(variable, scope, 'Fn::Sub');
    const [logicalId = '', attribute] = splitOnce(name);
    return attribute === undefined
      ? resolveText({ Ref: logicalId }, scope, 'Fn::Sub')
      : scope.attribute(logicalId, attribute);
  });
};

const getAttribute: IntrinsicFunction = (argument, scope) => {
  const [logicalId, attribute] =
    typeof argument === 'string' ? splitOnce(argument) : argumentsOf(argument, 'Fn::GetAtt');
  if (typeof logicalId !== 'string' || typeof attribute !== 'string') {
    throw new Error('Fn::GetAtt needs the logical id of a resource and the name of an attribute');
  }
  return scope.attribute(logicalId, attribute);
};

const choose: IntrinsicFunction = (argument, scope) => {
  const [condition, whenTrue = null, whenFalse = null] = argumentsOf(argument, 'Fn::If');
  return resolveOptional(scope.condition(String(condition)) ? whenTrue : whenFalse, scope);
};

const isTrue = (value: TemplateValue | undefined, scope: ResolutionScope): boolean => {
  const resolved = value === undefined ? undefined : resolveValue(value, scope);
  if (typeof resolved !== 'boolean') throw new Error(`${JSON.stringify(value)} is not a condition`);
  return resolved;
};

const FUNCTIONS: ReadonlyMap<string, IntrinsicFunction> = new Map(
  Object.entries<IntrinsicFunction>({
    Ref: (argument, scope) => scope.ref(String(argument)),
    'Fn::GetAtt': getAttribute,
    'Fn::Sub': substitute,
    'Fn::Join': join,
    'Fn::Select': select,
    'Fn::Split': split,
    'Fn::ImportValue': (name, scope) => scope.importValue(resolveText(name, scope, 'Fn::ImportValue')),
    'Fn::If': choose,
    // `Condition` is an intrinsic function inside of Conditions only, see resolveCondition.
    'Fn::Equals': (argument, scope) => {
      const [left, right] = argumentsOf(argument, 'Fn::Equals').map((side) =>
        resolveText(side, scope, 'Fn::Equals'),
      );
      return left === right;
    },
    'Fn::And': (argument, scope) =>
      argumentsOf(argument, 'Fn::And').every((part) => isConditionMet(part, scope)),
    'Fn::Or': (argument, scope) =>
      argumentsOf(argument, 'Fn::Or').some((part) => isConditionMet(part, scope)),
    'Fn::Not': (argument, scope) => !isConditionMet(argumentsOf(argument, 'Fn::Not')[0] ?? null, scope),
  }),
);

/** Evaluates an entry of the Conditions section, where `{Condition: name}` refers to another entry. */
export const isConditionMet = (condition: TemplateValue, scope: ResolutionScope): boolean =>
  typeof condition === 'object' && condition !== null && !isList(condition) && 'Condition' in condition
    ? scope.condition(String(condition.Condition))
    : isTrue(condition, scope);

const argumentsOf = (argument: TemplateValue, name: string): readonly TemplateValue[] => {
  if (!isList(argument))
    throw new Error(`${name} needs a list of arguments, not ${JSON.stringify(argument)}`);
  return argument;
};

const splitOnce = (reference: string): [string, string?] => {
  const dot = reference.indexOf('.');
  return dot === -1 ? [reference] : [reference.slice(0, dot), reference.slice(dot + 1)];
};

const isList = (value: TemplateValue | undefined): value is readonly TemplateValue[] => Array.isArray(value);

import type { EventEnvelope } from '../services.ts';

/** How a target's input is made of an event; without any setting it is the event itself. */
export interface TargetInput {
  readonly input?: string;
  readonly inputPath?: string;
  readonly inputTransformer?: {
    readonly pathsMap: Readonly<Record<string, string>>;
    readonly template: string;
  };
}

export interface RuleIdentity {
  readonly name: string;
  readonly arn: string;
}

/** Gives the JSON text that a target receives for an event. */
export type MakeInput = (event: EventEnvelope, ingestedAt: string) => string;

/** @throws Error for what EventBridge would refuse or what is not supported here. */
export const compileTargetInput = (
  target: TargetInput,
  rule: RuleIdentity,
  { allowsText = false }: { readonly allowsText?: boolean } = {},
): MakeInput => {
  const { input, inputPath, inputTransformer } = target;
  if ([input, inputPath, inputTransformer].filter((setting) => setting !== undefined).length > 1) {
    throw new Error('only one of Input, InputPath and InputTransformer can be given');
  }
  if (input !== undefined) {
    if (!allowsText) requireJson(input, 'Input');
    return () => input;
  }
  if (inputPath !== undefined) {
    const select = compilePath(inputPath);
    return (event) => JSON.stringify(select(event) ?? {});
  }
  if (inputTransformer !== undefined) return compileTransformer(inputTransformer, rule, allowsText);
  return (event) => JSON.stringify(event);
};

type Select = (event: EventEnvelope) => unknown;

/** `$.detail.object.key`, `$.resources[0]`: the forms without wildcards. */
const compilePath = (path: string): Select => {
  if (!/^\$(\.[\w/-]+|\[\d+\])*$/.test(path)) {
    throw new Error(`the path ${path} is not supported by the local EventBridge: use $.field.field[0]`);
  }
  const steps = [...path.matchAll(/\.([\w/-]+)|\[(\d+)\]/g)].map((match) => match[1] ?? match[2] ?? '');
  return (event) =>
    steps.reduce<unknown>(
      (value, step) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, step)
          ? (value as Record<string, unknown>)[step]
          : undefined,
      event,
    );
};

/** Text between placeholders, and the placeholders with the quotes that they stand in or not. */
type TemplatePart = string | { readonly variable: string; readonly isQuoted: boolean };

const compileTransformer = (
  { pathsMap, template }: NonNullable<TargetInput['inputTransformer']>,
  rule: RuleIdentity,
  allowsText: boolean,
): MakeInput => {
  const paths = new Map(Object.entries(pathsMap).map(([name, path]) => [name, compilePath(path)]));
  const parts = splitTemplate(template);
  const render = (resolve: (variable: string) => unknown): string =>
    parts
      .map((part) => (typeof part === 'string' ? part : renderValue(resolve(part.variable), part.isQuoted)))
      .join('');

  const valueIn = (variable: string, event: EventEnvelope, ingestedAt: string): unknown => {
    const { detail: _, ...eventWithoutDetail } = event;
    switch (variable) {
      case 'aws.events.rule-arn':
        return rule.arn;
      case 'aws.events.rule-name':
        return rule.name;
      case 'aws.events.event.ingestion-time':
        return ingestedAt;
      case 'aws.events.event':
        return eventWithoutDetail;
      case 'aws.events.event.json':
        return event;
      default:
        return paths.get(variable)?.(event);
    }
  };
  for (const part of parts) {
    if (typeof part === 'string' || RESERVED_VARIABLES.has(part.variable) || paths.has(part.variable))
      continue;
    throw new Error(`InputTemplate names <${part.variable}>, which InputPathsMap does not have`);
  }
  // Whatever the event holds, a placeholder becomes a JSON value or a part of a text: one sample shows the form.
  const sample = render(() => 'sample');
  const isJson = isJsonText(sample);
  if (!isJson && !allowsText) requireJson(sample, 'InputTemplate');
  if (!isJson) return (event, ingestedAt) => renderText(parts, (name) => valueIn(name, event, ingestedAt));
  return (event, ingestedAt) => render((variable) => valueIn(variable, event, ingestedAt));
};

const RESERVED_VARIABLES = new Set([
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event.ingestion-time',
  'aws.events.event',
  'aws.events.event.json',
]);

/** For queues and topics a template may be plain text: there a value stands as it is. */
const renderText = (parts: readonly TemplatePart[], resolve: (variable: string) => unknown): string =>
  parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const value = resolve(part.variable) ?? '';
      return typeof value === 'string' ? value : JSON.stringify(value);
    })
    .join('');

const splitTemplate = (template: string): readonly TemplatePart[] => {
  let before = '';
  return template.split(/(<[\w.-]+>)/).map((part, index) => {
    const isText = index % 2 === 0;
    if (isText) before += part.replaceAll(/\\./g, '');
    return isText ? part : { variable: part.slice(1, -1), isQuoted: before.split('"').length % 2 === 0 };
  });
};

/** A path that the event does not have leaves nothing in a text, and an empty text elsewhere. */
const renderValue = (value: unknown, isQuoted: boolean): string => {
  if (!isQuoted) return JSON.stringify(value ?? '');
  const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
};

const isJsonText = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const requireJson = (text: string, name: string): void => {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new Error(`${name} does not give JSON, which Lambda and Step Functions need: ${text}`, { cause });
  }
};

import { queryFailure } from '../failure.ts';
import type { Json, JsonObject } from '../json.ts';
import { describeQueryError, type Expression, type QueryScope } from './expression.ts';

/**
 * A field's value with its `{% %}` strings compiled. `field` names the place within the state as AWS does in
 * error causes: `Arguments/Payload/ids[0]`.
 */
export type Template =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'query'; readonly expression: Expression; readonly field: string }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Template])[] };

/** Throws a StateFailure (States.QueryEvaluationError) when a query fails or selects nothing. */
export async function evaluateTemplate(template: Template, scope: QueryScope): Promise<Json> {
  switch (template.kind) {
    case 'literal':
      return template.value;
    case 'query':
      return evaluateQuery(template.expression, template.field, scope);
    case 'list': {
      const items: Json[] = [];
      for (const item of template.items) {
        items.push(await evaluateTemplate(item, scope));
      }
      return items;
    }
    case 'object': {
      const entries: [string, Json][] = [];
      for (const [name, member] of template.entries) {
        entries.push([name, await evaluateTemplate(member, scope)]);
      }
      return Object.fromEntries(entries) as JsonObject;
    }
  }
}

async function evaluateQuery(expression: Expression, field: string, scope: QueryScope): Promise<Json> {
  const place = `The JSONata expression '${expression.source}' specified for the field '${field}'`;
  let result: unknown;
  try {
    result = await expression.evaluate(scope);
  } catch (error) {
    throw queryFailure(field, `${place} threw an error during evaluation. ${describeQueryError(error)}`);
  }
  if (result === undefined) {
    throw queryFailure(field, `${place} returned nothing (undefined).`);
  }
  if (holdsFunction(result)) {
    throw queryFailure(field, `${place} returned an unsupported result type.`);
  }
  return toJson(result);
}

/** Copies the result, so that nothing shares arrays with the input, and drops JSONata's hidden markers. */
function toJson(result: unknown): Json {
  return JSON.parse(
    // JSON has no such numbers; AWS writes their names.
    JSON.stringify(result, (_name, value) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    ),
  ) as Json;
}

function holdsFunction(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'function';
  }
  return (
    '_jsonata_function' in value || '_jsonata_lambda' in value || Object.values(value).some(holdsFunction)
  );
}

export async function evaluateInteger(
  template: Template,
  scope: QueryScope,
  bounds: { field: string; min: number; max: number },
): Promise<number> {
  const value = await evaluateTemplate(template, scope);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < bounds.min || value > bounds.max) {
    throw queryFailure(
      bounds.field,
      `The field '${bounds.field}' must be an integer from ${bounds.min} to ${bounds.max}, but is ${JSON.stringify(value)}.`,
    );
  }
  return value;
}

export async function evaluateNumber(
  template: Template,
  scope: QueryScope,
  bounds: { field: string; min: number; max: number },
): Promise<number> {
  const value = await evaluateTemplate(template, scope);
  if (typeof value !== 'number' || value < bounds.min || value > bounds.max) {
    throw queryFailure(
      bounds.field,
      `The field '${bounds.field}' must be a number from ${bounds.min} to ${bounds.max}, but is ${JSON.stringify(value)}.`,
    );
  }
  return value;
}

export async function evaluateText(template: Template, scope: QueryScope, field: string): Promise<string> {
  const value = await evaluateTemplate(template, scope);
  if (typeof value !== 'string') {
    throw queryFailure(field, `The field '${field}' must be a string, but is ${JSON.stringify(value)}.`);
  }
  return value;
}

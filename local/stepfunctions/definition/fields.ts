import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { compileExpression, describeQueryError } from '../jsonata/expression.ts';
import { inspectSyntax } from '../jsonata/syntax.ts';
import type { Template } from '../jsonata/template.ts';
import type { ProblemList } from './problems.ts';
import type { VariableScope } from './scope.ts';

/** Members of `$states` by the place where an expression stands. */
export const DURING_STATE: ReadonlySet<string> = new Set(['input', 'context']);
export const AFTER_RESULT: ReadonlySet<string> = new Set(['input', 'context', 'result']);
export const AFTER_ERROR: ReadonlySet<string> = new Set(['input', 'context', 'errorOutput']);

const JSONPATH_FIELDS: ReadonlySet<string> = new Set(
  `InputPath OutputPath ResultPath ResultSelector Parameters Result ItemsPath MaxConcurrencyPath SecondsPath
  TimestampPath TimeoutSecondsPath HeartbeatSecondsPath ErrorPath CausePath Variable ToleratedFailureCountPath
  ToleratedFailurePercentagePath MaxItemsPerBatchPath MaxInputBytesPerBatchPath`.split(/\s+/),
);

/**
 * Reads the fields of one object of a definition. Whatever was not taken when `finish` is called is refused
 * by name. `path` points into the definition, `place` into the state (for the causes of query errors).
 */
export class Fields {
  readonly path: string;
  readonly place: string;
  readonly problems: ProblemList;
  readonly scope: VariableScope;
  readonly #rest: Map<string, Json>;

  constructor(source: JsonObject, path: string, place: string, problems: ProblemList, scope: VariableScope) {
    this.#rest = new Map(Object.entries(source));
    this.path = path;
    this.place = place;
    this.problems = problems;
    this.scope = scope;
  }

  has(name: string): boolean {
    return this.#rest.has(name);
  }

  take(name: string): Json | undefined {
    const value = this.#rest.get(name);
    this.#rest.delete(name);
    return value;
  }

  text(name: string): string | undefined {
    const value = this.take(name);
    if (value !== undefined && typeof value !== 'string') {
      this.#expected(name, 'a string');
      return undefined;
    }
    return value;
  }

  requiredText(name: string): string {
    const text = this.text(name);
    if (text === undefined) {
      this.problems.invalid(this.path, `These fields are required: [${name}]`);
    }
    return text ?? '';
  }

  integer(name: string, bounds: { min: number; max: number }): number | undefined {
    const value = this.take(name);
    if (value === undefined) {
      return undefined;
    }
    if (!Number.isInteger(value) || Number(value) < bounds.min || Number(value) > bounds.max) {
      this.#expected(name, `an integer from ${bounds.min} to ${bounds.max}`);
      return undefined;
    }
    return Number(value);
  }

  number(name: string, bounds: { min: number; max: number }): number | undefined {
    const value = this.take(name);
    if (value !== undefined && (typeof value !== 'number' || value < bounds.min || value > bounds.max)) {
      this.#expected(name, `a number from ${bounds.min} to ${bounds.max}`);
      return undefined;
    }
    return value;
  }

  /** An object whose own fields are read by the caller, which also calls its `finish`. */
  object(name: string): Fields | undefined {
    const value = this.take(name);
    if (value === undefined) {
      return undefined;
    }
    if (!isJsonObject(value)) {
      this.#expected(name, 'an object');
      return undefined;
    }
    return this.at(value, name);
  }

  objects(name: string): Fields[] {
    const value = this.take(name) ?? [];
    if (!Array.isArray(value) || !value.every(isJsonObject)) {
      this.#expected(name, 'a list of objects');
      return [];
    }
    return value.map((element, index) => this.at(element, `${name}[${index}]`));
  }

  at(source: JsonObject, step: string): Fields {
    const place = this.place === '' ? step : `${this.place}/${step}`;
    return new Fields(source, `${this.path}/${step}`, place, this.problems, this.scope);
  }

  template(name: string, members: ReadonlySet<string>): Template | undefined {
    const value = this.take(name);
    return value === undefined ? undefined : this.compile(value, name, members);
  }

  /** An integer or an expression; a literal is checked now, a result when it is there. */
  integerTemplate(name: string, bounds: { min: number; max: number }): Template | undefined {
    return this.#expression(name, 'an integer') ?? literal(this.integer(name, bounds));
  }

  numberTemplate(name: string, bounds: { min: number; max: number }): Template | undefined {
    return this.#expression(name, 'a number') ?? literal(this.number(name, bounds));
  }

  #expression(name: string, what: string): Template | undefined {
    if (typeof this.#rest.get(name) !== 'string') {
      return undefined;
    }
    const template = this.template(name, DURING_STATE);
    if (template?.kind === 'literal') {
      this.#expected(name, `${what} or a JSONata expression`);
    }
    return template;
  }

  finish(): void {
    for (const name of this.#rest.keys()) {
      const reason = JSONPATH_FIELDS.has(name)
        ? `The QueryLanguage is 'JSONata', but field '${name}' is only supported for 'JSONPath'`
        : `Field '${name}' is not supported`;
      this.problems.invalid(this.path, reason);
    }
  }

  #expected(name: string, what: string): void {
    this.problems.invalid(`${this.path}/${name}`, `Expected ${what}`);
  }

  /** Compiles a value that was taken: `step` is its field's name. */
  compile(value: Json, step: string, members: ReadonlySet<string>): Template {
    if (typeof value === 'string') {
      return this.#compileText(value, step, members);
    }
    if (Array.isArray(value)) {
      return fold({
        kind: 'list',
        items: value.map((item, index) => this.compile(item, `${step}[${index}]`, members)),
      });
    }
    if (isJsonObject(value)) {
      const entries = Object.entries(value).map(
        ([name, member]) => [name, this.compile(member, `${step}/${name}`, members)] as const,
      );
      return fold({ kind: 'object', entries });
    }
    return { kind: 'literal', value };
  }

  #compileText(text: string, step: string, members: ReadonlySet<string>): Template {
    const path = `${this.path}/${step}`;
    const opens = text.startsWith('{%');
    const closes = text.endsWith('%}');
    if (!opens && !closes) {
      return { kind: 'literal', value: text };
    }
    if (!opens || !closes || text.length < 4) {
      this.problems.add(
        'INVALID_JSONATA_EXPRESSION',
        path,
        "An expression starts with '{%' and ends with '%}', with nothing around them",
      );
      return { kind: 'literal', value: text };
    }
    return this.#compileQuery(text.slice(2, -2).trim(), path, step, members);
  }

  #compileQuery(source: string, path: string, step: string, members: ReadonlySet<string>): Template {
    try {
      const expression = compileExpression(source);
      const findings = inspectSyntax(expression.syntax, members);
      for (const refusal of findings.refusals) {
        this.problems.add('UNSUPPORTED_JSONATA_EXPRESSION', path, refusal);
      }
      for (const name of findings.variables) {
        this.scope.read(name, path);
      }
      return { kind: 'query', expression, field: this.place === '' ? step : `${this.place}/${step}` };
    } catch (error) {
      this.problems.add('INVALID_JSONATA_EXPRESSION', path, describeQueryError(error));
      return { kind: 'literal', value: source };
    }
  }
}

function literal(value: number | undefined): Template | undefined {
  return value === undefined ? undefined : { kind: 'literal', value };
}

/** A template without expressions is its own value. */
function fold(template: Template): Template {
  if (template.kind === 'list' && template.items.every((item) => item.kind === 'literal')) {
    return { kind: 'literal', value: template.items.map((item) => item.value) };
  }
  if (template.kind === 'object') {
    const values: [string, Json][] = [];
    for (const [name, member] of template.entries) {
      if (member.kind !== 'literal') {
        return template;
      }
      values.push([name, member.value]);
    }
    return { kind: 'literal', value: Object.fromEntries(values) };
  }
  return template;
}

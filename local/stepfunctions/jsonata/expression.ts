import jsonata from 'jsonata';
import type { Json } from '../json.ts';
import { createFunctions, type QueryEnvironment } from './functions.ts';
import type { AstNode } from './syntax.ts';

/** What an expression sees: `$states` and the workflow variables that are in scope. */
export interface QueryScope {
  readonly states: { readonly [member: string]: unknown };
  readonly variables: { readonly [name: string]: Json };
  readonly environment: QueryEnvironment;
}

export interface Expression {
  readonly source: string;
  readonly syntax: AstNode;
  /** Undefined where the expression selects nothing. Throws what JSONata throws. */
  evaluate(scope: QueryScope): Promise<unknown>;
}

/** AWS's own ceilings: levels of nesting of one evaluation, and its running time. */
const MAX_DEPTH = 100;
const MAX_MILLISECONDS = 5000;

// The space keeps an expression from naming the variable that carries its own budget.
const BUDGET = 'evaluation budget';

interface Budget {
  depth: number;
  readonly startedAt: number;
}

interface Frame {
  lookup(name: string): unknown;
}

/** Throws JSONata's error when the text is no expression. */
export function compileExpression(source: string): Expression {
  const compiled = jsonata(source);
  // The hooks have symbols for names, which the declared type of assign does not allow for.
  const assign = compiled.assign as unknown as (name: symbol, value: unknown) => void;
  assign(Symbol.for('jsonata.__evaluate_entry'), enter);
  assign(Symbol.for('jsonata.__evaluate_exit'), leave);
  return {
    source,
    syntax: compiled.ast() as unknown as AstNode,
    evaluate: (scope) =>
      // No input document: in Step Functions everything is reached through `$states` and variables.
      compiled.evaluate(undefined, {
        ...createFunctions(scope.environment),
        ...scope.variables,
        states: scope.states,
        [BUDGET]: { depth: 0, startedAt: performance.now() } satisfies Budget,
      }),
  };
}

function enter(_node: unknown, _input: unknown, frame: Frame): void {
  const budget = frame.lookup(BUDGET) as Budget;
  budget.depth++;
  if (budget.depth > MAX_DEPTH) {
    throw new Error(
      `Stack overflow error: the expression nests too deeply or recurses without end. Depth=${budget.depth} max=${MAX_DEPTH}`,
    );
  }
  if (performance.now() - budget.startedAt > MAX_MILLISECONDS) {
    throw new Error(`Expression evaluation timeout: it ran longer than ${MAX_MILLISECONDS} ms`);
  }
}

function leave(_node: unknown, _input: unknown, frame: Frame): void {
  (frame.lookup(BUDGET) as Budget).depth--;
}

/** JSONata throws plain objects with a code and a message. */
export function describeQueryError(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code === undefined ? String(message ?? error) : `${code}: ${message ?? ''}`;
}

/** A node of JSONata 2.0.6's syntax tree, as far as the rules below look at it. */
export interface AstNode {
  readonly type?: string;
  readonly value?: unknown;
  readonly [field: string]: unknown;
}

export interface SyntaxFindings {
  /** What Step Functions refuses when the state machine is created, in its own words. */
  readonly refusals: readonly string[];
  /** Variables read from outside the expression, without `$` and without `$states`. */
  readonly variables: ReadonlySet<string>;
}

/** Functions of JSONata 2.0.6 and of Step Functions: names that are no workflow variables. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set(
  `sum count max min average string substring substringBefore substringAfter lowercase uppercase length trim
  pad match contains replace split join formatNumber formatBase formatInteger parseInteger number floor ceil
  round abs sqrt power random boolean not map zip filter single reduce sift keys lookup append exists spread
  merge reverse each error assert type sort shuffle distinct base64encode base64decode encodeUrlComponent
  encodeUrl decodeUrlComponent decodeUrl toMillis fromMillis clone now millis partition range hash uuid parse`
    .trim()
    .split(/\s+/),
);

/**
 * Applies Step Functions' rules for one expression. An expression has no context item: the execution's data
 * is under `$states` and in variables, so a bare name at the top level would read nothing.
 * `members` are the fields of `$states` that exist where the expression stands.
 */
export function inspectSyntax(root: AstNode, members: ReadonlySet<string>): SyntaxFindings {
  const refusals: string[] = [];
  const read = new Set<string>();
  const bound = new Set<string>();

  function visit(value: unknown, hasContext: boolean): void {
    if (Array.isArray(value)) {
      for (const element of value) {
        visit(element, hasContext);
      }
    } else if (isNode(value)) {
      visitNode(value, hasContext);
    }
  }

  function visitNode(node: AstNode, hasContext: boolean): void {
    noteNames(node, hasContext);
    if (node.type === 'path') {
      visitPath(node);
      visit((node.steps as readonly unknown[])[0], hasContext);
      visit((node.steps as readonly unknown[]).slice(1), true);
      visit(node.group, true);
      return;
    }
    for (const [field, child] of Object.entries(node)) {
      visit(child, hasContext || FIELDS_WITH_CONTEXT.has(field) || node.type === 'transform');
    }
  }

  function visitPath(node: AstNode): void {
    const [first, second] = node.steps as readonly AstNode[];
    if (first?.type === 'variable' && first.value === 'states' && second?.type === 'name') {
      if (!members.has(String(second.value))) {
        refusals.push(`Reference to '$states.${String(second.value)}' is not supported here.`);
      }
    }
  }

  function noteNames(node: AstNode, hasContext: boolean): void {
    if (node.type === 'variable') {
      noteVariable(String(node.value));
    } else if (!hasContext && TAKES_CONTEXT.has(String(node.type))) {
      refusals.push(`Reference to '${String(node.value)}' at the top level is not supported.`);
    } else if (node.type === 'bind') {
      bound.add(String((node.lhs as AstNode).value));
    } else if (node.type === 'lambda') {
      for (const parameter of node.arguments as readonly AstNode[]) {
        bound.add(String(parameter.value));
      }
    }
    for (const name of [node.focus, node.index]) {
      if (typeof name === 'string') {
        bound.add(name);
      }
    }
  }

  function noteVariable(name: string): void {
    if (name === '$') {
      refusals.push("Reference to '$$' is not supported.");
    } else if (name === 'eval') {
      refusals.push("Function '$eval' is not supported; use '$parse' to read JSON text.");
    } else if (name !== '' && name !== 'states' && !FUNCTION_NAMES.has(name)) {
      read.add(name);
    }
  }

  visit(root, false);
  return { refusals, variables: new Set([...read].filter((name) => !bound.has(name))) };
}

const TAKES_CONTEXT: ReadonlySet<string> = new Set(['name', 'wildcard', 'descendant', 'parent']);

/** Under these the expression before them supplies the context item. */
const FIELDS_WITH_CONTEXT: ReadonlySet<string> = new Set(['stages', 'predicate', 'group', 'terms']);

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && !(value instanceof RegExp);
}

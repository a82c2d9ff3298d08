import { FUNCTION_NAMES } from '../jsonata/syntax.ts';
import type { ProblemList } from './problems.ts';

// AWS's bound.
const MAX_NAME_LENGTH = 80;
const VARIABLE_NAME = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;

/**
 * The variables of one scope: the top level, a branch, or an item processor. A scope reads its own variables
 * and those of the scopes around it; an item processor of a distributed Map reads only its own.
 */
export class VariableScope {
  readonly #outer: VariableScope | undefined;
  readonly #isSealed: boolean;
  readonly #inner: VariableScope[] = [];
  readonly #assigned = new Map<string, string>();
  readonly #reads: { name: string; path: string }[] = [];

  constructor(outer?: VariableScope, isSealed = false) {
    this.#outer = outer;
    this.#isSealed = isSealed;
    if (outer !== undefined) {
      outer.#inner.push(this);
    }
  }

  assign(name: string, path: string, problems: ProblemList): void {
    // JSONata keeps variables in plain objects and trips over the names that every object has.
    if (!VARIABLE_NAME.test(name) || name.length > MAX_NAME_LENGTH || name in Object.prototype) {
      problems.invalid(path, `'${name}' is not a variable name`);
    } else if (name === 'states') {
      problems.invalid(path, "'states' is reserved");
    } else if (FUNCTION_NAMES.has(name)) {
      problems.invalid(path, `'${name}' would hide the function $${name}`);
    } else {
      this.#assigned.set(name, path);
    }
  }

  read(name: string, path: string): void {
    this.#reads.push({ name, path });
  }

  /** To be called on the top scope once all states are read: assignments may stand after their uses. */
  check(problems: ProblemList): void {
    for (const [name, path] of this.#assigned) {
      if (this.#outer?.isAssigned(name)) {
        // AWS forbids it so that nobody takes the inner variable for the outer one.
        problems.invalid(path, `Variable '${name}' is also assigned in an outer scope`);
      }
    }
    for (const { name, path } of this.#reads) {
      if (!this.isVisible(name)) {
        problems.invalid(path, `Variable '$${name}' is not assigned in any scope that can be read here`);
      }
    }
    for (const scope of this.#inner) {
      scope.check(problems);
    }
  }

  isAssigned(name: string): boolean {
    return this.#assigned.has(name) || (this.#outer?.isAssigned(name) ?? false);
  }

  isVisible(name: string): boolean {
    const outer = this.#isSealed ? undefined : this.#outer;
    return this.#assigned.has(name) || (outer?.isVisible(name) ?? false);
  }
}

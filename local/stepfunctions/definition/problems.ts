/** What is wrong with a definition, and where: `path` is a pointer such as `/States/Verify objects/Retry[0]`. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly path: string;
}

/** A definition that AWS would refuse, or that uses what this interpreter does not support. */
export class InvalidDefinition extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const list = problems.map(({ code, message, path }) => `${code}: ${message} at ${path || '/'}`);
    super(`Invalid State Machine Definition: '${list.join(', ')}'`);
    this.name = 'InvalidDefinition';
    this.problems = problems;
  }
}

/** Collects problems, so that a definition is refused with all of them at once. */
export class ProblemList {
  readonly found: Problem[] = [];

  invalid(path: string, message: string): void {
    this.found.push({ code: 'SCHEMA_VALIDATION_FAILED', message, path });
  }

  /** Valid on AWS, but not available here. */
  unsupported(path: string, message: string): void {
    this.found.push({ code: 'NOT_SUPPORTED_LOCALLY', message, path });
  }

  add(code: string, path: string, message: string): void {
    this.found.push({ code, message, path });
  }
}

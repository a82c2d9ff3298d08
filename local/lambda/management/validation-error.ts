import type * as z from 'zod';

type Issue = z.core.$ZodIssue;

/** Describes what is wrong with a request in the way of AWS's services. */
export function validationError({ issues }: z.ZodError): string {
  const problems = issues.map((issue) => {
    const value = issue.input === undefined ? 'null' : `'${textOf(issue.input)}'`;
    return `Value ${value} at '${pathOf(issue)}' failed to satisfy constraint: ${constraintOf(issue)}`;
  });
  return `${problems.length} validation error${problems.length > 1 ? 's' : ''} detected: ${problems.join('; ')}`;
}

/** `environment.variables` for Environment → Variables. */
function pathOf({ path }: Issue): string {
  return path.map((part) => String(part).replace(/^[A-Z]/, (letter) => letter.toLowerCase())).join('.');
}

function constraintOf(issue: Issue): string {
  switch (issue.code) {
    case 'too_small':
      return `Member must have ${quantityOf(issue.origin)} greater than or equal to ${issue.minimum}`;
    case 'too_big':
      return `Member must have ${quantityOf(issue.origin)} less than or equal to ${issue.maximum}`;
    case 'invalid_format':
      return `Member must satisfy regular expression pattern: ${issue.pattern}`;
    case 'invalid_value':
      return `Member must satisfy enum value set: [${issue.values.map(String).join(', ')}]`;
    case 'invalid_type':
      return issue.input === undefined
        ? 'Member must not be null'
        : `Member must be of type ${issue.expected}`;
    default:
      return issue.message;
  }
}

function quantityOf(origin: string): string {
  return origin === 'string' || origin === 'array' ? 'length' : 'value';
}

function textOf(input: unknown): string {
  return typeof input === 'object' ? JSON.stringify(input) : String(input);
}

import type { ErrorReport } from './messages.ts';

/** Puts whatever a handler threw into Lambda's form: `errorType` is the error's name, or the type of a non-error. */
export function reportError(error: unknown): ErrorReport {
  if (error instanceof Error) {
    return {
      errorType: String(error.name),
      errorMessage: String(error.message),
      trace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
    };
  }
  return { errorType: typeof error, errorMessage: describe(error), trace: [] };
}

/** An error with one of the names that the runtime itself gives. */
export function runtimeError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

/** An object without a prototype has no string form. */
function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(describe(thrown));
}

/** The error with its own properties on one line, as the runtime logs it. */
export function errorLogLine(error: unknown): string {
  const subject = asError(error);
  try {
    return JSON.stringify(subject, (_key, value) =>
      value instanceof Error ? withOwnProperties(value) : value,
    );
  } catch {
    return JSON.stringify(reportError(subject));
  }
}

function withOwnProperties(error: Error): Record<string, unknown> {
  const { errorType, errorMessage, trace } = reportError(error);
  return { errorType, errorMessage, ...error, stack: trace };
}

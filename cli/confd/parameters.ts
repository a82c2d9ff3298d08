import { UsageError } from '../usage-error.ts';

/** Parameters of a job as they stand on its command line, `key: value` after `key: value`. Throws an Error for what is none. */
export function readParameters(words: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  const rest = [...words];
  while (rest.length > 0) {
    const word = rest.shift() ?? '';
    const [, key, own] = /^([a-z_]+):(.*)$/s.exec(word) ?? [];
    if (key === undefined) throw new UsageError(`"${word}" is no parameter: write key: value`);
    const value = own === '' ? rest.shift() : own;
    if (value === undefined) throw new UsageError(`parameter ${key} has no value`);
    if (parameters.has(key)) throw new UsageError(`parameter ${key} is given twice`);
    parameters.set(key, value);
  }
  return parameters;
}

/** What a job takes: parameters that it must have, and others. */
export interface Takes {
  readonly needs?: readonly string[];
  readonly may?: readonly string[];
}

/** Refuses what a job does not know and what it lacks. */
export function checkParameters(
  job: string,
  given: ReadonlyMap<string, string>,
  { needs = [], may = [] }: Takes,
): void {
  const known = [...needs, ...may];
  const unknown = [...given.keys()].filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    throw new UsageError(
      `${job} has no parameter ${unknown.join(', ')}; it takes ${known.join(', ') || 'none'}`,
    );
  }
  const missing = needs.filter((key) => !given.has(key));
  if (missing.length > 0) throw new UsageError(`${job} needs the parameter ${missing.join(', ')}`);
}

/** `[a, b]`, with or without brackets and quotes around each. */
export const readList = (text: string): string[] =>
  text
    .trim()
    .replace(/^\[(.*)\]$/s, '$1')
    .split(',')
    .map((each) => each.trim().replace(/^(['"])(.*)\1$/, '$2'))
    .filter((each) => each !== '');

import type * as z from 'zod';

/** One thing wrong in a configuration. */
export interface ConfigProblem {
  /** The key, as `listen.port`; empty for the file as a whole. */
  readonly place: string;
  /** What is wrong, or what must be there instead. */
  readonly message: string;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Every problem of a configuration that its schema refused, in the schema's order. */
export const problemsOf = (error: z.ZodError, given: unknown, schema: JsonSchema): ConfigProblem[] =>
  error.issues.flatMap((issue): ConfigProblem[] => {
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path);
      return issue.keys.map((key) => ({
        place: placeOf([...issue.path, key]),
        message: unknownKey(key, known),
      }));
    }
    const isMissing = issue.code === 'invalid_type' && valueAt(given, issue.path) === undefined;
    const message = isMissing ? `is missing: give ${articleFor(issue.expected)}` : issue.message;
    return [{ place: placeOf(issue.path), message }];
  });

const placeOf = (path: readonly PropertyKey[]): string => path.map(String).join('.');

const articleFor = (type: string): string => `${/^[aeio]/u.test(type) ? 'an' : 'a'} ${type}`;

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);

const isRecord = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === 'object' && value !== null;

function unknownKey(key: string, known: readonly string[]): string {
  const [nearest] = known
    .map((name) => ({ name, distance: editDistance(key.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(2, name.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return nearest
    ? `unknown key: did you mean ${nearest.name}?`
    : `unknown key: there are ${known.join(', ')}`;
}

/** The keys that a place may have, in any of its forms. */
function keysAt(schema: JsonSchema, path: readonly PropertyKey[]): string[] {
  const forms = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])] as JsonSchema[];
  const [first, ...rest] = path;
  if (first === undefined)
    return [...new Set(forms.flatMap(({ properties }) => Object.keys(properties ?? {})))];
  const below = forms.map(({ properties }) => properties?.[String(first)]).filter((form) => isRecord(form));
  return below.flatMap((form) => keysAt(form as JsonSchema, rest));
}

/** Letters to add, remove or replace (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [above, letter] of [...from].entries()) {
    const next = [above + 1];
    for (const [at, other] of [...to].entries()) {
      const replaced = (row[at] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

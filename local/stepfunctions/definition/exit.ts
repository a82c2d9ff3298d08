import { isJsonObject } from '../json.ts';
import type { Template } from '../jsonata/template.ts';
import type { Fields } from './fields.ts';
import type { Exit } from './model.ts';

/** `Output` and `Assign`, which a state, a choice rule and a catcher share. */
export function parseExit(fields: Fields, members: ReadonlySet<string>): Exit {
  const output = fields.template('Output', members);
  const assign = parseAssign(fields, members);
  return { ...(output && { output }), ...(assign && { assign }) };
}

function parseAssign(fields: Fields, members: ReadonlySet<string>): Template | undefined {
  const source = fields.take('Assign');
  if (source === undefined) {
    return undefined;
  }
  const path = `${fields.path}/Assign`;
  if (!isJsonObject(source)) {
    fields.problems.invalid(path, 'Expected an object of variable names and values');
    return undefined;
  }
  for (const name of Object.keys(source)) {
    fields.scope.assign(name, `${path}/${name}`, fields.problems);
  }
  return fields.compile(source, 'Assign', members);
}

/** Exactly one of `Next` and `End: true`. Returns undefined where the state ends its scope. */
function parseTransition(fields: Fields): string | undefined {
  const next = fields.text('Next');
  const end = fields.take('End');
  if (end !== undefined && end !== true) {
    fields.problems.invalid(`${fields.path}/End`, 'Expected true; leave it out where there is a Next');
  } else if ((next === undefined) === (end === undefined)) {
    fields.problems.invalid(fields.path, 'A state has either a Next or "End": true');
  }
  return next;
}

export function parseStateExit(fields: Fields, members: ReadonlySet<string>): Exit {
  const next = parseTransition(fields);
  return { ...parseExit(fields, members), ...(next !== undefined && { next }) };
}

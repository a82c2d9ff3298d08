import { parseErrorHandling } from './error-handling.ts';
import { parseExit, parseStateExit } from './exit.ts';
import { AFTER_RESULT, DURING_STATE, type Fields } from './fields.ts';
import { type ParseStates, parseMap, parseParallel } from './flow-state.ts';
import { type ChoiceState, MAX_SECONDS, type State, type TaskState, type WaitState } from './model.ts';
import { checkArguments, type Integrations, parseResource } from './resource.ts';
import { parseTimestamp } from './timestamp.ts';

export interface StateParsing {
  readonly integrations: Integrations;
  readonly parseStates: ParseStates;
}

/** Reads one state; what it does not know or cannot do goes to the fields' problems. */
export function parseState(name: string, fields: Fields, parsing: StateParsing): State | undefined {
  const type = fields.requiredText('Type');
  fields.text('Comment');
  checkQueryLanguage(fields);
  const state = parseTyped(type, name, fields, parsing);
  if (state === undefined) {
    fields.problems.invalid(`${fields.path}/Type`, `'${type}' is not a type of state`);
    return undefined;
  }
  fields.finish();
  return state;
}

function parseTyped(type: string, name: string, fields: Fields, parsing: StateParsing): State | undefined {
  switch (type) {
    case 'Pass':
      return { type, name, ...parseStateExit(fields, DURING_STATE) };
    case 'Task':
      return parseTask(name, fields, parsing.integrations);
    case 'Choice':
      return parseChoice(name, fields);
    case 'Wait':
      return parseWait(name, fields);
    case 'Succeed': {
      const output = fields.template('Output', DURING_STATE);
      return { type, name, ...(output && { output }) };
    }
    case 'Fail': {
      const error = fields.template('Error', DURING_STATE);
      const cause = fields.template('Cause', DURING_STATE);
      return { type, name, ...(error && { error }), ...(cause && { cause }) };
    }
    case 'Parallel':
      return parseParallel(name, fields, parsing.parseStates);
    case 'Map':
      return parseMap(name, fields, parsing);
    default:
      return undefined;
  }
}

function checkQueryLanguage(fields: Fields): void {
  if ((fields.text('QueryLanguage') ?? 'JSONata') !== 'JSONata') {
    fields.problems.invalid(
      fields.path,
      "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
    );
  }
}

function parseTask(name: string, fields: Fields, integrations: Integrations): TaskState {
  const resource = parseResource(fields, integrations);
  const source = fields.take('Arguments');
  checkArguments(resource, source, fields);
  const bounds = { min: 1, max: MAX_SECONDS };
  const timeoutSeconds = fields.integerTemplate('TimeoutSeconds', bounds);
  const heartbeatSeconds = fields.integerTemplate('HeartbeatSeconds', bounds);
  if (timeoutSeconds?.kind === 'literal' && heartbeatSeconds?.kind === 'literal') {
    if (Number(heartbeatSeconds.value) >= Number(timeoutSeconds.value)) {
      fields.problems.invalid(fields.path, 'HeartbeatSeconds must be smaller than TimeoutSeconds');
    }
  }
  return {
    type: 'Task',
    name,
    resource,
    ...(source !== undefined && { arguments: fields.compile(source, 'Arguments', DURING_STATE) }),
    ...(timeoutSeconds && { timeoutSeconds }),
    ...(heartbeatSeconds && { heartbeatSeconds }),
    ...parseErrorHandling(fields),
    ...parseStateExit(fields, AFTER_RESULT),
  };
}

function parseChoice(name: string, fields: Fields): ChoiceState {
  const rules = fields.objects('Choices');
  if (rules.length === 0) {
    fields.problems.invalid(`${fields.path}/Choices`, 'Expected one or more choice rules');
  }
  const choices = rules.map((rule) => {
    const condition = rule.template('Condition', DURING_STATE);
    if (condition === undefined) {
      rule.problems.invalid(rule.path, 'These fields are required: [Condition]');
    }
    const next = rule.requiredText('Next');
    const exit = parseExit(rule, DURING_STATE);
    rule.text('Comment');
    rule.finish();
    return { condition: condition ?? { kind: 'literal' as const, value: false }, ...exit, next };
  });
  const next = fields.text('Default');
  const exit = parseExit(fields, DURING_STATE);
  if (next === undefined && (exit.output !== undefined || exit.assign !== undefined)) {
    fields.problems.invalid(fields.path, "A Choice state's own Output and Assign belong to its Default");
  }
  return { type: 'Choice', name, choices, ...(next !== undefined && { otherwise: { ...exit, next } }) };
}

function parseWait(name: string, fields: Fields): WaitState {
  if (fields.has('Seconds') === fields.has('Timestamp')) {
    fields.problems.invalid(fields.path, 'A Wait state has either Seconds or Timestamp');
  }
  const seconds = fields.integerTemplate('Seconds', { min: 0, max: MAX_SECONDS });
  const timestamp = fields.template('Timestamp', DURING_STATE);
  if (timestamp?.kind === 'literal' && parseTimestamp(timestamp.value) === undefined) {
    fields.problems.invalid(`${fields.path}/Timestamp`, 'Expected a time such as 2026-11-21T04:00:00Z');
  }
  return {
    type: 'Wait',
    name,
    ...(seconds && { seconds }),
    ...(timestamp && { timestamp }),
    ...parseStateExit(fields, DURING_STATE),
  };
}

import { isJsonObject, type JsonObject } from '../json.ts';
import { Fields } from './fields.ts';
import { checkTransitions } from './graph.ts';
import { MAX_SECONDS, type State, type StateMachine } from './model.ts';
import { InvalidDefinition, ProblemList } from './problems.ts';
import type { Integrations } from './resource.ts';
import { VariableScope } from './scope.ts';
import { parseState } from './state.ts';

const MAX_STATE_NAME_LENGTH = 80;
/** AWS's quota for the definition's text. */
const MAX_DEFINITION_BYTES = 1_048_576;

/**
 * Reads a definition in the Amazon States Language, query language JSONata.
 * Throws InvalidDefinition with every problem: what AWS would refuse, and what is not supported here.
 */
export function parseDefinition(text: string, integrations: Integrations): StateMachine {
  const problems = new ProblemList();
  const scope = new VariableScope();
  const fields = new Fields(readObject(text), '', '', problems, scope);
  checkHeader(fields);
  const timeoutSeconds = fields.integer('TimeoutSeconds', { min: 1, max: MAX_SECONDS });

  const states = new Map<string, State>();
  const parseStates = (container: Fields, inner: VariableScope): string =>
    parseScope(container, inner, states, { integrations, parseStates });
  const startAt = parseStates(fields, scope);
  fields.finish();
  scope.check(problems);

  if (problems.found.length > 0) {
    throw new InvalidDefinition(problems.found);
  }
  return { startAt, states, ...(timeoutSeconds !== undefined && { timeoutSeconds }) };
}

function readObject(text: string): JsonObject {
  const refuse = (message: string, code = 'INVALID_JSON_DESCRIPTION') =>
    new InvalidDefinition([{ code, message, path: '/' }]);
  if (Buffer.byteLength(text) > MAX_DEFINITION_BYTES) {
    throw refuse(`The definition is larger than ${MAX_DEFINITION_BYTES} bytes`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  if (!isJsonObject(value)) {
    throw refuse('Definition must be a valid JSON object', 'SCHEMA_VALIDATION_FAILED');
  }
  return value;
}

function checkHeader(fields: Fields): void {
  fields.text('Comment');
  if (fields.text('QueryLanguage') !== 'JSONata') {
    fields.problems.unsupported(
      '/QueryLanguage',
      'Only state machines with "QueryLanguage": "JSONata" can run here; the default, \'JSONPath\', cannot',
    );
  }
  if ((fields.text('Version') ?? '1.0') !== '1.0') {
    fields.problems.invalid('/Version', 'Expected 1.0');
  }
}

function parseScope(
  container: Fields,
  scope: VariableScope,
  known: Map<string, State>,
  parsing: Parameters<typeof parseState>[2],
): string {
  const { path, problems } = container;
  const startAt = container.text('StartAt') ?? '';
  const sources = container.take('States');
  const hasStates = isJsonObject(sources) && Object.keys(sources).length > 0;
  const missing = [...(hasStates ? [] : ['States']), ...(startAt === '' ? ['StartAt'] : [])];
  if (missing.length > 0) {
    problems.invalid(path, `These fields are required: [${missing.join(', ')}]`);
  }
  if (!hasStates) {
    return startAt;
  }
  const own = new Map<string, State>();
  for (const [name, source] of Object.entries(sources)) {
    const statePath = `${path}/States/${name}`;
    if (!isJsonObject(source)) {
      problems.invalid(statePath, 'Expected an object');
      continue;
    }
    if (name.length > MAX_STATE_NAME_LENGTH) {
      problems.invalid(statePath, `A state's name has at most ${MAX_STATE_NAME_LENGTH} characters`);
    }
    const state = parseState(name, new Fields(source, statePath, '', problems, scope), parsing);
    if (known.has(name)) {
      problems.add('DUPLICATE_STATE_NAME', statePath, `Another state is called '${name}' too`);
    } else if (state !== undefined) {
      own.set(name, state);
      known.set(name, state);
    }
  }
  // A state that was refused would make its neighbours look wrong: its own problem is enough.
  if (own.size === Object.keys(sources).length && startAt !== '') {
    checkTransitions(own, { startAt, path, problems });
  }
  return startAt;
}

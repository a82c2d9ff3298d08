import { isJsonObject, type Json } from '../json.ts';
import type { Fields } from './fields.ts';
import type { TaskResource } from './model.ts';

/** Which integrations are at hand: decided by what the service was started with. */
export interface Integrations {
  readonly hasPutEvents: boolean;
  /** S3, for ItemReader and ResultWriter. */
  readonly hasObjects: boolean;
}

const LAMBDA_FUNCTION = /^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_$-]+)?$/;

const RESOURCES: Readonly<Record<string, TaskResource>> = {
  'arn:aws:states:::lambda:invoke': { kind: 'lambda-invoke', waitsForToken: false },
  'arn:aws:states:::lambda:invoke.waitForTaskToken': { kind: 'lambda-invoke', waitsForToken: true },
  'arn:aws:states:::events:putEvents': { kind: 'put-events' },
  'arn:aws:states:::states:startExecution': { kind: 'start-execution', pattern: 'request-response' },
  'arn:aws:states:::states:startExecution.sync:2': { kind: 'start-execution', pattern: 'sync' },
  'arn:aws:states:::states:startExecution.waitForTaskToken': { kind: 'start-execution', pattern: 'token' },
};

export function parseResource(fields: Fields, integrations: Integrations): TaskResource {
  const resource = fields.requiredText('Resource');
  const path = `${fields.path}/Resource`;
  const known = Object.hasOwn(RESOURCES, resource) ? RESOURCES[resource] : undefined;
  if (known === undefined) {
    if (!LAMBDA_FUNCTION.test(resource)) {
      fields.problems.unsupported(path, describeRefusal(resource));
    }
    return { kind: 'lambda-function', arn: resource };
  }
  if (known.kind === 'put-events' && !integrations.hasPutEvents) {
    fields.problems.unsupported(path, `'${resource}' needs an event bus, and none was connected`);
  }
  return known;
}

function describeRefusal(resource: string): string {
  if (resource.startsWith('arn:aws:states:::aws-sdk:')) {
    return `Resource '${resource}' calls an AWS SDK, which is not supported: call it from a function`;
  }
  if (resource === 'arn:aws:states:::states:startExecution.sync') {
    return `Resource '${resource}' is not supported: use startExecution.sync:2, whose output is JSON and no text`;
  }
  return `Resource '${resource}' is not one of the integrations at hand`;
}

/** Arguments of an integration by name; absent where any value is the payload itself. */
interface ArgumentNames {
  readonly required: string;
  /** Absent: whatever else the service takes. */
  readonly optional?: readonly string[];
}

const ARGUMENTS: Readonly<Record<TaskResource['kind'], ArgumentNames | undefined>> = {
  'lambda-function': undefined,
  'lambda-invoke': { required: 'FunctionName', optional: ['Payload'] },
  'put-events': { required: 'Entries' },
  'start-execution': { required: 'StateMachineArn', optional: ['Input', 'Name'] },
};

/** Checks what can be known of `Arguments` before they are evaluated. */
export function checkArguments(resource: TaskResource, source: Json | undefined, fields: Fields): void {
  if (ARGUMENTS[resource.kind] === undefined || (typeof source === 'string' && source.startsWith('{%'))) {
    return;
  }
  const path = `${fields.path}/Arguments`;
  const { missing, unknown } = findArgumentProblems(resource, source ?? {});
  if (missing !== undefined) {
    fields.problems.invalid(path, `The field '${missing}' is required`);
    return;
  }
  for (const name of unknown) {
    fields.problems.unsupported(path, `The field '${name}' is not supported`);
  }
}

export function findArgumentProblems(
  resource: TaskResource,
  given: Json,
): { readonly missing?: string; readonly unknown: readonly string[] } {
  const names = ARGUMENTS[resource.kind];
  if (names === undefined) {
    return { unknown: [] };
  }
  const { required, optional } = names;
  if (!isJsonObject(given) || given[required] === undefined) {
    return { missing: required, unknown: [] };
  }
  const unknown = Object.keys(given).filter(
    (name) => name !== required && optional?.includes(name) === false,
  );
  return { unknown };
}

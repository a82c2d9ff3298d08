import { isJsonObject, type Json } from '../json.ts';
import type { Fields } from './fields.ts';
import type { TaskResource } from './model.ts';

/** Which integrations are at hand: decided by what the service was started with. */
export interface Integrations {
  readonly hasPutEvents: boolean;
}

const LAMBDA_FUNCTION = /^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(:[A-Za-z0-9_$-]+)?$/;
const INVOKE_ARGUMENTS: ReadonlySet<string> = new Set(['FunctionName', 'Payload']);

export function parseResource(fields: Fields, integrations: Integrations): TaskResource {
  const resource = fields.requiredText('Resource');
  const path = `${fields.path}/Resource`;
  switch (resource) {
    case 'arn:aws:states:::lambda:invoke':
      return { kind: 'lambda-invoke', waitsForToken: false };
    case 'arn:aws:states:::lambda:invoke.waitForTaskToken':
      return { kind: 'lambda-invoke', waitsForToken: true };
    case 'arn:aws:states:::events:putEvents':
      if (!integrations.hasPutEvents) {
        fields.problems.unsupported(path, `'${resource}' needs an event bus, and none was connected`);
      }
      return { kind: 'put-events' };
    default:
      if (!LAMBDA_FUNCTION.test(resource)) {
        fields.problems.unsupported(path, `Resource '${resource}' is not one of the integrations at hand`);
      }
      return { kind: 'lambda-function', arn: resource };
  }
}

/** Checks what can be known of `Arguments` before they are evaluated. */
export function checkArguments(resource: TaskResource, source: Json | undefined, fields: Fields): void {
  const path = `${fields.path}/Arguments`;
  const required = REQUIRED_ARGUMENT[resource.kind];
  if (required === undefined || (typeof source === 'string' && source.startsWith('{%'))) {
    return;
  }
  if (!isJsonObject(source) || source[required] === undefined) {
    fields.problems.invalid(path, `The field '${required}' is required`);
    return;
  }
  for (const name of Object.keys(source)) {
    if (resource.kind === 'lambda-invoke' && !INVOKE_ARGUMENTS.has(name)) {
      fields.problems.unsupported(
        path,
        `The field '${name}' is not supported; give FunctionName and Payload`,
      );
    }
  }
}

const REQUIRED_ARGUMENT: Readonly<Record<TaskResource['kind'], string | undefined>> = {
  'lambda-invoke': 'FunctionName',
  'lambda-function': undefined,
  'put-events': 'Entries',
};

import { evaluate } from '../iam/evaluate.ts';
import type { LocalCredential } from '../services.ts';
import type { Home } from './arns.ts';
import type { TaskResource } from './definition/model.ts';
import { isJsonObject, type JsonObject } from './json.ts';
import type { TaskPhase } from './records.ts';

export interface Access {
  readonly action: string;
  readonly resource: string;
}

/** Says why a state machine's role may not do something, in IAM's words; undefined when it may. */
export type FindRefusal = (roleArn: string, access: Access) => string | undefined;

/**
 * Goes by the policies of these roles (by ARN). Any other role may do everything, as an administrator may.
 */
export function enforceRoles(roles: ReadonlyMap<string, LocalCredential>): FindRefusal {
  return (roleArn, { action, resource }) => {
    const role = roles.get(roleArn);
    const asked = { principalArn: roleArn, action, resource, context: {} };
    return role === undefined || evaluate(asked, role.policies, undefined).allowed
      ? undefined
      : `User: ${roleArn} is not authorized to perform: ${action} on resource: ${resource}`;
  };
}

/** How Step Functions names a call that IAM refuses: by the service's own general exception. */
export const ACCESS_DENIED: Readonly<Record<TaskResource['kind'], string>> = {
  'lambda-function': 'Lambda.AWSLambdaException',
  'lambda-invoke': 'Lambda.AWSLambdaException',
  'put-events': 'EventBridge.AmazonEventBridgeException',
  'start-execution': 'StepFunctions.AWSStepFunctionsException',
};

/** What a task's call needs. */
export function describeTaskAccess({ resource, arguments: args }: TaskPhase, home: Home): readonly Access[] {
  const given: JsonObject = isJsonObject(args) ? args : {};
  const place = `${home.region}:${home.accountId}`;
  switch (resource.kind) {
    case 'lambda-function':
      return [{ action: 'lambda:InvokeFunction', resource: resource.arn }];
    case 'lambda-invoke': {
      const name = String(given.FunctionName);
      const arn = name.startsWith('arn:') ? name : `arn:aws:lambda:${place}:function:${name}`;
      return [{ action: 'lambda:InvokeFunction', resource: arn }];
    }
    case 'put-events':
      return (given.Entries as readonly JsonObject[]).map(({ EventBusName = 'default' }) => {
        const name = String(EventBusName);
        const arn = name.startsWith('arn:') ? name : `arn:aws:events:${place}:event-bus/${name}`;
        return { action: 'events:PutEvents', resource: arn };
      });
    case 'start-execution':
      return [{ action: 'states:StartExecution', resource: String(given.StateMachineArn) }];
  }
}

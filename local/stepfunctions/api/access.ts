import { type Home, makeMachineArn } from '../arns.ts';

/** What a request needs of IAM: the action, and ARNs of which the caller must be allowed one. */
export interface NeededAccess {
  readonly action: string;
  readonly anyOf: readonly string[];
}

/**
 * As in AWS's service authorization reference. A task token does not tell its state machine to the outside:
 * whoever may answer for one of the `machineArns` may use it.
 */
export function describeAccess(
  operation: string,
  body: Readonly<Record<string, unknown>>,
  { home, machineArns }: { readonly home: Home; readonly machineArns: readonly string[] },
): readonly NeededAccess[] {
  const action = `states:${operation}`;
  if (operation === 'CreateStateMachine') {
    const anyOf = [makeMachineArn(home, String(body.name))];
    const tagging = 'tags' in body ? [{ action: 'states:TagResource', anyOf }] : [];
    return [{ action, anyOf }, ...tagging, ...passRole(body)];
  }
  const named = [body.stateMachineArn, body.executionArn, body.mapRunArn, body.resourceArn].filter(
    (arn) => typeof arn === 'string',
  );
  const anyOf = named.length > 0 ? named : 'taskToken' in body ? machineArns : ['*'];
  return [{ action, anyOf }, ...(operation === 'UpdateStateMachine' ? passRole(body) : [])];
}

/** Whoever makes a state machine hands it a role, and must be allowed to. */
function passRole({ roleArn }: Readonly<Record<string, unknown>>): readonly NeededAccess[] {
  return typeof roleArn === 'string' ? [{ action: 'iam:PassRole', anyOf: [roleArn] }] : [];
}

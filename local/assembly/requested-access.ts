import type { Place } from '../cloudformation/resource-types.ts';
import { lambdaAccess } from '../lambda/operations/access.ts';
import type { RequestedAccess, ServiceRequest } from './authorize.ts';

/** Which access each request of a service needs, as in AWS's service authorization reference. */
type DescribeAccess = (request: ServiceRequest) => readonly RequestedAccess[];

/** Step Functions: the resource stands in the body. A task token does not tell its state machine to the outside. */
export const stateMachineAccess =
  (stateMachineArns: readonly string[]): DescribeAccess =>
  (request) => {
    const operation = String(request.headers['x-amz-target']).replace(/^AWSStepFunctions\./, '');
    const body = parseBody(request);
    const named = [body.stateMachineArn, body.executionArn, body.mapRunArn].filter(
      (arn) => typeof arn === 'string',
    );
    const anyOf = named.length > 0 ? named : 'taskToken' in body ? stateMachineArns : ['*'];
    return [{ action: `states:${operation}`, anyOf }];
  };

/** EventBridge: every bus that an entry names. */
export const eventBusAccess =
  ({ region, accountId }: Place): DescribeAccess =>
  (request) => {
    const { Entries } = parseBody(request);
    const entries: readonly { readonly EventBusName?: unknown }[] = Array.isArray(Entries) ? Entries : [];
    return entries.map(({ EventBusName = 'default' }) => {
      const name = String(EventBusName);
      const arn = name.startsWith('arn:') ? name : `arn:aws:events:${region}:${accountId}:event-bus/${name}`;
      return { action: 'events:PutEvents', anyOf: [arn] };
    });
  };

/** Lambda: the service itself knows what its operations need. */
export const functionAccess =
  (place: Place): DescribeAccess =>
  (request) =>
    lambdaAccess(request, place);

/** A body that is no JSON object is refused by the service itself. */
const parseBody = ({ body }: ServiceRequest): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

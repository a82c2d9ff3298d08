import type { Place } from '../cloudformation/resource-types.ts';
import { lambdaAccess } from '../lambda/operations/access.ts';
import { describeAccess } from '../stepfunctions/api/access.ts';
import type { RequestedAccess, ServiceRequest } from './authorize.ts';

/** Which access each request of a service needs, as in AWS's service authorization reference. */
export type DescribeAccess = (request: ServiceRequest) => readonly RequestedAccess[];

/** Step Functions: the operation stands in a header, its resource in the body. */
export const stateMachineAccess =
  ({ region, accountId }: Place, machineArns: readonly string[]): DescribeAccess =>
  (request) => {
    const operation = String(request.headers['x-amz-target']).replace(/^AWSStepFunctions\./, '');
    return describeAccess(operation, parseBody(request), { home: { region, accountId }, machineArns });
  };

/** Lambda: the service itself knows what its operations need. */
export const functionAccess =
  (place: Place): DescribeAccess =>
  (request) =>
    lambdaAccess(request, place);

/** A body that is no JSON object is refused by the service itself. */
export const parseBody = ({ body }: ServiceRequest): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Problem } from '../../shared/contracts/problem.ts';
import { ServiceError } from '../../shared/errors.ts';

/** RFC 9457 problem details of an error. What was not foreseen says nothing of itself to the outside. */
export function problemResponse(error: unknown, correlationId: string): APIGatewayProxyStructuredResultV2 {
  const isForeseen = error instanceof ServiceError && error.code !== 'INTERNAL';
  const known = isForeseen ? error : new ServiceError('INTERNAL', 'an unexpected error, see the logs');
  const { issues, ...details } = known.details;
  const problem: Problem & Record<string, unknown> = {
    ...details,
    type: `urn:holdfast:problem:${known.code}`,
    title: known.code.toLowerCase().replaceAll('_', ' '),
    status: known.status,
    detail: known.message,
    code: known.code,
    hint: known.hint,
    retry: known.retry,
    correlationId,
    ...(Array.isArray(issues) && { issues }),
  };
  return {
    statusCode: known.status,
    headers: { 'content-type': 'application/problem+json', 'x-correlation-id': correlationId },
    body: JSON.stringify(problem),
  };
}

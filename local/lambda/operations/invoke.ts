import { LambdaServiceError, notSupported } from '../errors.ts';
import type { ApiResponse } from '../http-endpoint.ts';
import type { Call } from './operation.ts';

/** Options of Invoke that change what a function sees; they are refused rather than dropped. */
const REFUSED_HEADERS: Readonly<Record<string, string>> = {
  'x-amz-client-context': 'ClientContext',
  'x-amz-tenant-id': 'TenantId',
  'x-amz-durable-execution-name': 'DurableExecutionName',
};

export async function invoke({ service, request, requestId, findTarget }: Call): Promise<ApiResponse> {
  const { settings } = findTarget();
  for (const [header, parameter] of Object.entries(REFUSED_HEADERS)) {
    if (request.headers[header] !== undefined) throw notSupported(`Invoke with ${parameter} (${header})`);
  }

  const payload = request.body.toString();
  const invocationType = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  switch (invocationType) {
    case 'DryRun':
      return { statusCode: 204 };
    case 'Event':
      service.invokeLater(settings, requestId, payload);
      return { statusCode: 202 };
    case 'RequestResponse': {
      const result = await service.invoke(settings, requestId, payload);
      const headers: Record<string, string> = { 'x-amz-executed-version': '$LATEST' };
      if (result.functionError !== undefined) headers['x-amz-function-error'] = result.functionError;
      if (request.headers['x-amz-log-type'] === 'Tail') {
        headers['x-amz-log-result'] = result.logTail.toString('base64');
      }
      return { statusCode: 200, headers, body: result.payload };
    }
    default:
      throw new LambdaServiceError(
        'InvalidParameterValueException',
        400,
        `The invocation type ${invocationType} is none of RequestResponse, Event, DryRun.`,
      );
  }
}

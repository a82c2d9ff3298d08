import type { InvocationResult } from '../services.ts';
import type { StoredEvent } from './function-store.ts';

/** Why an event was given up, or that it was handled. */
export type EventCondition = 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency' | 'Success';

/** Something to be sent to a queue, a topic, a bus or a function. */
export interface EventDelivery {
  readonly targetArn: string;
  readonly body: string;
  /** Message attributes of a dead letter. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a destination is told, https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
export function describeEvent(
  functionArn: string,
  { requestId, payload, invokeCount }: StoredEvent,
  condition: EventCondition,
  result: InvocationResult | undefined,
): object {
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId,
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: invokeCount,
    },
    requestPayload: JSON.parse(payload),
    // Absent when the function never ran.
    ...(result && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(result.functionError && { functionError: result.functionError }),
      },
      responsePayload: JSON.parse(result.payload),
    }),
  };
}

/** Of the message, the first KiB is sent. */
const ERROR_MESSAGE_BYTES = 1024;

/** A dead letter is the event itself; what became of it stands beside it. */
export function deadLetterOf(
  targetArn: string,
  { requestId, payload }: StoredEvent,
  result: InvocationResult | undefined,
): EventDelivery {
  const message = result === undefined ? 'Rate Exceeded.' : errorMessageOf(result.payload);
  const attributes = {
    RequestID: requestId,
    ErrorCode: result === undefined ? '429' : '200',
    ErrorMessage: Buffer.from(message).subarray(0, ERROR_MESSAGE_BYTES).toString(),
  };
  return { targetArn, body: payload, attributes };
}

function errorMessageOf(payload: string): string {
  const { errorMessage } = (JSON.parse(payload) ?? {}) as { errorMessage?: unknown };
  return typeof errorMessage === 'string' ? errorMessage : payload;
}

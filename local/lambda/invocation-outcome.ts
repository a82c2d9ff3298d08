import type { InvocationResult } from '../services.ts';
import type { Ending } from './execution-environment.ts';
import { RESPONSE_BYTES } from './limits.ts';
import type { ErrorReport } from './runtime/messages.ts';

interface InvocationOutcome {
  readonly result: InvocationResult;
  /** What Lambda adds to the function's log before the END line. */
  readonly logLines: readonly string[];
  /** As the REPORT has it: an error is one of the environment, not one that the handler threw. */
  readonly status: 'success' | 'timeout' | 'error';
  readonly errorType?: string;
}

/** Translates how an environment ended an invocation into what Lambda answers and logs. */
export function outcomeOf(ending: Ending, requestId: string, timeoutSeconds: number): InvocationOutcome {
  switch (ending.kind) {
    case 'succeeded':
      return outcomeOfPayload(ending.payload);
    case 'failed':
    case 'init-failed':
      return { result: functionError(ending.error), logLines: [], status: 'success' };
    case 'timed-out':
      return timedOut(requestId, timeoutSeconds);
    case 'memory-exceeded':
      return runtimeExited(requestId, 'Runtime.OutOfMemory', 'Runtime exited with error: signal: killed');
    case 'exited':
      return runtimeExited(requestId, 'Runtime.ExitError', describeExit(ending.exitCode));
    case 'signalled':
      return runtimeExited(
        requestId,
        'Runtime.ExitError',
        `Runtime exited with error: signal: ${ending.signal}`,
      );
    case 'ready':
      throw new Error('An environment said that it is ready in the middle of an invocation.');
  }
}

function outcomeOfPayload(payload: string): InvocationOutcome {
  if (Buffer.byteLength(payload) <= RESPONSE_BYTES) {
    return { result: { payload }, logLines: [], status: 'success' };
  }
  const errorType = 'Function.ResponseSizeTooLarge';
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES} bytes).`;
  return { result: functionError({ errorType, errorMessage }), logLines: [], status: 'error', errorType };
}

function timedOut(requestId: string, timeoutSeconds: number): InvocationOutcome {
  const text = `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
  return {
    result: functionError({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: ${text}`,
    }),
    logLines: [`${new Date().toISOString()} ${requestId} ${text}`],
    status: 'timeout',
  };
}

function runtimeExited(requestId: string, errorType: string, text: string): InvocationOutcome {
  const errorMessage = `RequestId: ${requestId} Error: ${text}`;
  return {
    result: functionError({ errorType, errorMessage }),
    logLines: [errorMessage, errorType],
    status: 'error',
    errorType,
  };
}

function describeExit(exitCode: number): string {
  return exitCode === 0
    ? 'Runtime exited without providing a reason'
    : `Runtime exited with error: exit status ${exitCode}`;
}

function functionError(error: ErrorReport): InvocationResult {
  return { payload: JSON.stringify(error), functionError: 'Unhandled' };
}

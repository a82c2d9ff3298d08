/** The runtime inside an execution environment: loads the handler once, then runs one invocation after another. */
import { setImmediate as nextLoopTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { captureOutput } from './capture-output.ts';
import { isolateProcess } from './isolate-process.ts';
import { type Handler, loadHandler } from './load-handler.ts';
import type { InvocationRequest, RuntimeData, RuntimeMessage } from './messages.ts';
import { asError, errorLogLine, reportError, runtimeError } from './report-error.ts';

if (parentPort === null) throw new Error('The Lambda runtime runs as a worker thread only.');
const port = parentPort;
const { taskRoot, handler: handlerName, logging } = workerData as RuntimeData;

let requestId: string | undefined;
const send = (message: RuntimeMessage) => port.postMessage(message);

captureOutput({
  logging,
  write: (text) => send({ kind: 'output', text }),
  currentRequestId: () => requestId,
});
isolateProcess(taskRoot, (signal) => {
  send({ kind: 'signalled', signal });
  process.exit();
});
Reflect.set(globalThis, 'awslambda', {
  streamifyResponse() {
    throw new Error('Response streaming is not supported by the local Lambda.');
  },
});

try {
  const handler = await loadHandler(taskRoot, handlerName);
  port.on('message', (request: InvocationRequest) => void invoke(handler, request));
  send({ kind: 'ready' });
} catch (error) {
  logError('Init Error', error);
  send({ kind: 'init-failed', error: reportError(error) });
}

async function invoke(handler: Handler, request: InvocationRequest): Promise<void> {
  requestId = request.requestId;
  process.env._X_AMZN_TRACE_ID = request.traceId;
  // As in Lambda, an environment whose event loop runs empty before the handler's promise settles simply exits.
  port.unref();
  const outcome = await runHandler(handler, request);
  // A rejection that nobody handles ends the environment before this turn comes, and with it the invocation.
  await nextLoopTurn();
  port.ref();
  send(outcome);
}

async function runHandler(handler: Handler, request: InvocationRequest): Promise<RuntimeMessage> {
  try {
    const result = await handler(JSON.parse(request.event), contextOf(request));
    return { kind: 'succeeded', payload: toJson(result) };
  } catch (error) {
    logError('Invoke Error', error);
    return { kind: 'failed', error: reportError(error) };
  }
}

function logError(occasion: string, error: unknown): void {
  if (logging.format === 'JSON') console.error(asError(error));
  else console.error(occasion, `\t${errorLogLine(error)}`);
}

function toJson(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    // A cycle or a bigint.
    throw runtimeError('Runtime.JSONStringifyError', 'Unable to stringify response body');
  }
}

function contextOf(request: InvocationRequest): object {
  return {
    awsRequestId: request.requestId,
    invokedFunctionArn: request.functionArn,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => request.deadlineMs - Date.now(),
  };
}

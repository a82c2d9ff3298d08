/** The runtime inside an execution environment: loads the handler once, then runs one invocation after another. */
import { existsSync, writeSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { setImmediate as nextLoopTurn } from 'node:timers/promises';
import type { LoggingSettings, LogLevel } from '../logging-settings.ts';
import { captureOutput } from './capture-output.ts';
import { COMPILE_CACHE } from './compile-cache.ts';
import { type Handler, loadHandler } from './load-handler.ts';
import { type InvocationRequest, MESSAGE_DESCRIPTOR, type RuntimeMessage } from './messages.ts';
import { asError, errorLogLine, reportError, runtimeError } from './report-error.ts';

const { LAMBDA_TASK_ROOT = '', _HANDLER = '' } = process.env;
const channel = process.channel;
if (channel === undefined || channel === null)
  throw new Error('The Lambda runtime is started by its service.');
const logging = loggingSettings();
let requestId: string | undefined;

// The service is gone. The channel is for this file only, and does not keep the process alive while it works.
process.on('disconnect', () => process.exit());
channel.unref();
Reflect.deleteProperty(process, 'send');

captureOutput({
  logging,
  write: (text) => send({ kind: 'output', text }),
  currentRequestId: () => requestId,
});
Reflect.set(globalThis, 'awslambda', {
  streamifyResponse() {
    throw new Error('Response streaming is not supported by the local Lambda.');
  },
});

const compileCache = join(import.meta.dirname, COMPILE_CACHE);
// Portable: the code lies at another place in every deployment, at the same one seen from here.
if (existsSync(compileCache)) enableCompileCache({ directory: compileCache, portable: true });

try {
  const handler = await loadHandler(LAMBDA_TASK_ROOT, _HANDLER);
  process.on('message', (request: InvocationRequest) => void invoke(handler, request));
  channel.ref();
  send({ kind: 'ready' });
} catch (error) {
  logError('Init Error', error);
  send({ kind: 'init-failed', error: reportError(error) });
}

function send(message: RuntimeMessage): void {
  let bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  while (bytes.length > 0) bytes = bytes.subarray(writeSync(MESSAGE_DESCRIPTOR, bytes));
}

/** As the variables say that the service sets for a log in JSON. */
function loggingSettings(): LoggingSettings {
  const { AWS_LAMBDA_LOG_FORMAT, AWS_LAMBDA_LOG_LEVEL = 'INFO' } = process.env;
  if (AWS_LAMBDA_LOG_FORMAT !== 'JSON') return { format: 'Text' };
  return { format: 'JSON', applicationLevel: AWS_LAMBDA_LOG_LEVEL as LogLevel, systemLevel: 'INFO' };
}

async function invoke(handler: Handler, request: InvocationRequest): Promise<void> {
  requestId = request.requestId;
  process.env._X_AMZN_TRACE_ID = request.traceId;
  // As in Lambda, an environment whose event loop runs empty before the handler's promise settles simply exits.
  channel?.unref();
  const outcome = await runHandler(handler, request);
  // A rejection that nobody handles ends the environment before this turn comes, and with it the invocation.
  await nextLoopTurn();
  channel?.ref();
  send(outcome);
  // Now it holds what an invocation needs as well. By itself Node would write it at the end, which is a kill.
  flushCompileCache();
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

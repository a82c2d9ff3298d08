import { format } from 'node:util';
import { LOG_LEVELS, type LoggingSettings, type LogLevel } from '../logging-settings.ts';

const CONSOLE_LEVELS: readonly (readonly [string, LogLevel])[] = [
  ['trace', 'TRACE'],
  ['debug', 'DEBUG'],
  ['info', 'INFO'],
  ['log', 'INFO'],
  ['warn', 'WARN'],
  ['error', 'ERROR'],
  ['fatal', 'FATAL'],
];

interface CapturedOutput {
  readonly logging: LoggingSettings;
  readonly write: (text: string) => void;
  readonly currentRequestId: () => string | undefined;
}

/**
 * Sends all output to `write`: console lines with time, request id and level as Lambda's formats have them, raw
 * writes to stdout and stderr as they are. They take the same way as the result does, so output written before
 * the result, or before `process.exit`, is never late or lost.
 */
export function captureOutput({ logging, write, currentRequestId }: CapturedOutput): void {
  const formatLine = logging.format === 'JSON' ? formatJson : formatText;
  const lowest = logging.format === 'JSON' ? LOG_LEVELS.indexOf(logging.applicationLevel) : 0;
  for (const [method, level] of CONSOLE_LEVELS) {
    const isLogged = LOG_LEVELS.indexOf(level) >= lowest;
    Reflect.set(console, method, (...values: unknown[]) => {
      if (isLogged) write(`${formatLine(level, currentRequestId(), values)}\n`);
    });
  }
  captureStream(process.stdout, write);
  captureStream(process.stderr, write);
}

type FormatLine = (level: LogLevel, requestId: string | undefined, values: readonly unknown[]) => string;

const formatText: FormatLine = (level, requestId, values) =>
  `${new Date().toISOString()}\t${requestId}\t${level}\t${format(...values)}`;

/** One value stays what it is; of several, the first error is told apart from the text. */
const formatJson: FormatLine = (level, requestId, values) => {
  const line = { timestamp: new Date().toISOString(), level, requestId };
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...line, message: values[0] }, (_key, value) =>
        value instanceof Error ? { ...describeError(value), ...value } : value,
      );
    } catch {
      return JSON.stringify({ ...line, message: format(values[0]) });
    }
  }
  const error = values.slice(1).find((value) => value instanceof Error);
  return JSON.stringify({ ...line, message: format(...values), ...(error && describeError(error)) });
};

const describeError = (error: Error) => ({
  errorType: error.constructor.name,
  errorMessage: error.message,
  stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
});

function captureStream(stream: NodeJS.WriteStream, write: (text: string) => void): void {
  stream.write = (chunk: Uint8Array | string, ...rest: unknown[]) => {
    write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    const callback = rest.find((each) => typeof each === 'function');
    if (callback !== undefined) queueMicrotask(() => callback());
    return true;
  };
}

import { format } from 'node:util';

const CONSOLE_LEVELS = [
  ['trace', 'TRACE'],
  ['debug', 'DEBUG'],
  ['info', 'INFO'],
  ['log', 'INFO'],
  ['warn', 'WARN'],
  ['error', 'ERROR'],
] as const;

/**
 * Sends all output to `write`: console lines with time, request id and level as Lambda's text format has them, raw
 * writes to stdout and stderr as they are. They take the same way as the result does, so output written before
 * the result, or before `process.exit`, is never late or lost.
 */
export function captureOutput(
  write: (text: string) => void,
  currentRequestId: () => string | undefined,
): void {
  for (const [method, level] of CONSOLE_LEVELS) {
    console[method] = (...values: unknown[]) => {
      write(`${new Date().toISOString()}\t${currentRequestId()}\t${level}\t${format(...values)}\n`);
    };
  }
  captureStream(process.stdout, write);
  captureStream(process.stderr, write);
}

function captureStream(stream: NodeJS.WriteStream, write: (text: string) => void): void {
  stream.write = (chunk: Uint8Array | string, ...rest: unknown[]) => {
    write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    const callback = rest.find((each) => typeof each === 'function');
    if (callback !== undefined) queueMicrotask(() => callback());
    return true;
  };
}

import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The log of one function: one file, as its log group would be. */
export interface FunctionLog {
  readonly path: string;
  write(text: string): void;
}

/**
 * Opens `<logDirectory>/<name>.log` for appending. When it would grow past `rotateBytes` it becomes `.log.1`, and
 * the one before is dropped.
 */
export function openFunctionLog(logDirectory: string, name: string, rotateBytes: number): FunctionLog {
  mkdirSync(logDirectory, { recursive: true });
  const path = join(logDirectory, `${name}.log`);
  let sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;

  return {
    path,
    // Synchronous, so that lines stay in order and none is lost when the process is killed.
    write(text) {
      const bytes = Buffer.from(text);
      if (sizeBytes > 0 && sizeBytes + bytes.length > rotateBytes) {
        renameSync(path, `${path}.1`);
        sizeBytes = 0;
      }
      appendFileSync(path, bytes);
      sizeBytes += bytes.length;
    },
  };
}

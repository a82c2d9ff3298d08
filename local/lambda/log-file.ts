import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The log of one function or API: one file, as its log group would be. */
export interface LogFile {
  readonly path: string;
  write(text: string): void;
}

/**
 * Opens `<logDirectory>/<name>.log` for appending. Each line begins with the time of its writing, which a log group
 * keeps beside it. When the file would grow past `rotateBytes` it becomes `.log.1`, and the one before is dropped.
 */
export function openLogFile(logDirectory: string, name: string, rotateBytes: number): LogFile {
  mkdirSync(logDirectory, { recursive: true });
  const path = join(logDirectory, `${name}.log`);
  let sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  let isWithinLine = false;

  const stamp = (text: string): string => {
    const time = `${new Date().toISOString()} `;
    const later = text.replace(/\n(?!$)/g, `\n${time}`);
    const stamped = isWithinLine ? later : time + later;
    isWithinLine = !text.endsWith('\n');
    return stamped;
  };

  return {
    path,
    // Synchronous, so that lines stay in order and none is lost when the process is killed.
    write(text) {
      if (text === '') return;
      const bytes = Buffer.from(stamp(text));
      if (sizeBytes > 0 && sizeBytes + bytes.length > rotateBytes) {
        renameSync(path, `${path}.1`);
        sizeBytes = 0;
      }
      appendFileSync(path, bytes);
      sizeBytes += bytes.length;
    },
  };
}

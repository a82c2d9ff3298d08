import type * as z from 'zod';
import type { backupRequest } from '../../shared/contracts/requests.ts';

type Request = z.output<typeof backupRequest>;

/** What a request is, in lines for people. */
export function describeRequest(request: Request): string[] {
  const { requestId, state, database, level, progress, deadline, owner, endedAt } = request;
  const what = level === undefined ? 'archived logs' : level === 0 ? 'full' : `level ${level}`;
  const waits = endedAt === undefined ? `; ${owner} moves it on by ${deadline}` : '';
  return [
    `${requestId} is ${state}: ${what} backup of ${database}, ${progress.percent} %${waits}`,
    ...(request.fullBecause === undefined ? [] : [`  full: ${request.fullBecause}`]),
    ...(request.parentId === undefined ? [] : [`  builds on ${request.parentId}`]),
    ...(progress.fileCount === 0 ? [] : [`  files: ${progress.fileCount}, ${progress.bytesWritten} bytes`]),
    ...(request.warnings ?? []).map((text) => `  warning: ${text}`),
    ...(request.reason === undefined ? [] : [`  ${request.reason}`]),
    ...(state === 'completed' && request.uploadId ? [`  recovery point ${request.uploadId}`] : []),
  ];
}

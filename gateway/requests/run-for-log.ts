import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { redact } from '../../shared/domain/rman/text/redact.ts';
import type { Backups } from '../backups/backups.ts';
import type { LogSpool } from '../backups/log-spool.ts';
import type { Journal } from '../journal/journal.ts';
import type { RequestRecord } from '../journal/request-records.ts';
import type { Mount } from '../mounts/mounts.ts';
import type { Log } from '../ports/log.ts';
import type { AgentDatabase } from './agent-settings.ts';
import { type HookEnd, runHook } from './hook.ts';
import { RequestFailure } from './request-failure.ts';
import type { RequestReports } from './request-reports.ts';

export interface HookDependencies {
  readonly journal: Pick<Journal, 'requests'>;
  readonly backups: Pick<Backups, 'addLog'>;
  readonly spool: LogSpool;
  readonly dataDirectory: string;
  readonly settings: { readonly maxLogBytes: number };
  readonly mountPathOf: (mount: Mount) => string;
  readonly log: Log;
}

/** How far a request is, as far as the journal does not know. */
export interface Stage {
  isQueued: boolean;
  hookPercent: number;
}

/** Runs the hook and takes its output as the log of the backup. */
export async function runForLog(
  deps: HookDependencies,
  mount: Mount,
  {
    database,
    requestId,
    order,
    stage,
    reports,
  }: {
    database: AgentDatabase;
    requestId: RequestRecord['requestId'];
    order: RequestRecord['order'];
    stage: Stage;
    reports: RequestReports;
  },
  signal: AbortSignal,
): Promise<void> {
  const { journal, spool, backups, settings, dataDirectory, log } = deps;
  const folder = join(dataDirectory, 'requests');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const logFile = join(folder, `${requestId}.log`);
  const mountpoint = database.mountpoint ?? deps.mountPathOf(mount);
  // The order's deadline is by the service's clock, and the service sees to it: the order is gone then.
  const limit = AbortSignal.timeout(database.timeLimitHours * 3_600_000);
  try {
    const end = await runHook(
      {
        command: database.command as [string, ...string[]],
        environment: { PATH: defaultPath, ...database.environment, ...describeOrder(order, mountpoint) },
        ...{ logFile, maxLogBytes: settings.maxLogBytes },
        onStarted: (pid, pidStart) => journal.requests.noteProcess(requestId, pid, pidStart),
        onReport: (line) => takeReport(line, stage, reports),
      },
      AbortSignal.any([signal, limit]),
    );
    signal.throwIfAborted();
    if (limit.aborted) {
      throw new RequestFailure(
        'HOOK_TIMED_OUT',
        `the command was ended after ${database.timeLimitHours} hours`,
      );
    }
    log.info({ requestId, end: end.kind }, 'the command of the database has ended');
    requireSuccess(end);
    const spooled = await spool.receive(createReadStream(logFile));
    const fileName = `${order.database}-${requestId}.log`;
    await backups.addLog(mount.name, spooled, { fileName, mountpoint, platform: 'linux' });
  } finally {
    await rm(logFile, { force: true });
  }
}

const defaultPath = '/usr/local/bin:/usr/bin:/bin';

/** What the hook is told; its environment is this, what the configuration says, and nothing of ours. */
const describeOrder = (
  { database, content, level, parentId, isDifferential, requestId, backupNumber }: RequestRecord['order'],
  mountpoint: string,
): Record<string, string> => ({
  HOLDFAST_DATABASE: database,
  HOLDFAST_CONTENT: content,
  HOLDFAST_MOUNTPOINT: mountpoint,
  HOLDFAST_REQUEST_ID: requestId,
  HOLDFAST_BACKUP_NUMBER: String(backupNumber),
  HOLDFAST_REPORT_FD: '3',
  ...(level !== undefined && { HOLDFAST_LEVEL: String(level) }),
  ...(parentId !== undefined && { HOLDFAST_PARENT_ID: parentId }),
  ...(isDifferential !== undefined && {
    HOLDFAST_INCREMENTAL: isDifferential ? 'differential' : 'cumulative',
  }),
});

/** `progress 40`, `warning text`: what a hook writes to its file descriptor 3. Anything else is for later versions. */
function takeReport(line: string, stage: Stage, reports: RequestReports): void {
  const [, kind, rest = ''] = /^(progress|warning) (.{1,2000})$/.exec(line) ?? [];
  if (kind === 'progress' && /^\d{1,3}$/.test(rest)) stage.hookPercent = Math.min(100, Number(rest));
  if (kind === 'warning')
    reports.warn(
      redact(rest)
        .replace(/\p{Cc}/gu, ' ')
        .slice(0, 500)
        .toWellFormed(),
    );
}

function requireSuccess(end: HookEnd): void {
  if (end.kind === 'exited' && end.code === 0) return;
  if (end.kind === 'not-started') {
    throw new RequestFailure('HOOK_NOT_STARTED', `the command cannot be started: ${end.reason}`);
  }
  const how = end.kind === 'exited' ? `ended with ${end.code}` : `was ended by ${end.signal}`;
  throw new RequestFailure('HOOK_FAILED', `the command ${how}: ${tellingLines(end.lastLines)}`);
}

/** Oracle's own errors tell more than the last line, which says that RMAN is complete. */
function tellingLines(lines: readonly string[]): string {
  const errors = lines.filter((line) => /\b(ORA|RMAN|HOLDFAST)-\d{2,5}\b/.test(line));
  const telling = errors.length > 0 ? errors.slice(-6) : lines.filter((line) => line.trim() !== '').slice(-3);
  return telling.join('; ') || 'it wrote nothing';
}

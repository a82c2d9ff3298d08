import type { RequestProgress } from '../../shared/domain/backup-request.ts';
import { toInstant } from '../../shared/domain/instant.ts';
import { redact } from '../../shared/domain/rman/text/redact.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { Backups } from '../backups/backups.ts';
import type { LogSpool } from '../backups/log-spool.ts';
import type { Journal } from '../journal/journal.ts';
import type { RequestRecord } from '../journal/request-records.ts';
import type { Activity } from '../metrics/activity.ts';
import type { Mount, Mounts } from '../mounts/mounts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { type Pacing, repeatUntilDone, sleep } from '../retry.ts';
import { reasonWithin } from '../service/reason.ts';
import type { AgentDatabase } from './agent-settings.ts';
import { RequestFailure } from './request-failure.ts';
import { hasRequestEnded, type ReportDependencies, RequestReports } from './request-reports.ts';
import { runForLog, type Stage } from './run-for-log.ts';
import { findWritten } from './written-files.ts';

export interface RequestRunDependencies extends ReportDependencies {
  readonly journal: Journal;
  readonly backups: Backups;
  readonly mounts: Pick<Mounts, 'find'>;
  readonly spool: LogSpool;
  readonly activity: Activity;
  readonly dataDirectory: string;
  /** Read at each run, for it may change. */
  readonly settings: {
    readonly databases: readonly AgentDatabase[];
    readonly maxLogBytes: number;
    readonly commitCheckMillis: number;
  };
  readonly mountPathOf: (mount: Mount) => string;
  readonly pacing: Pacing;
  readonly clock: Clock;
  readonly log: Log;
}

/** The hook's share of a request; the rest is the upload's. */
const hookPercent = 70;

/**
 * Carries out one request from where the journal says that it stands: hook, freeze, then the upload, which `Uploads` makes;
 * reports all the while, and tells the service how it ended. Ends early when the signal is aborted.
 */
export async function runRequest(
  deps: RequestRunDependencies,
  mount: Mount,
  request: RequestRecord,
  inTurn: (task: () => Promise<void>) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { journal, log } = deps;
  const { requestId, order } = request;
  const about = { mount: mount.name, requestId, database: order.database };
  const stage: Stage = { isQueued: request.state === 'queued', hookPercent: 0 };
  const reports = new RequestReports(deps, requestId, () => measure(deps, mount, request, stage), signal);
  try {
    if (request.state === 'queued') {
      await inTurn(async () => {
        signal.throwIfAborted();
        await waitForRoom(deps, mount, signal);
        stage.isQueued = false;
        log.info(about, 'backup on request begins');
        await makeSnapshot(deps, mount, request, { stage, reports }, signal);
      });
    }
    if (journal.requests.find(requestId)?.state === 'uploading') await followUpload(deps, request, signal);
  } catch (error) {
    if (signal.aborted) return;
    const code =
      error instanceof RequestFailure || error instanceof ServiceError ? error.code : 'BACKUP_FAILED';
    const reason = redact(error instanceof Error ? error.message : String(error));
    log.error({ ...about, code, reason }, 'backup on request failed');
    journal.requests.markFailed(requestId, { code, reason: reasonWithin(1000, reason) });
  } finally {
    await reports.end();
  }
  if (!signal.aborted) await reportEnd(deps, request, signal);
}

/** Another backup of the mount that is on its way to the vault is no reason to fail: its upload ends. */
async function waitForRoom(
  { backups, settings }: RequestRunDependencies,
  mount: Mount,
  signal: AbortSignal,
): Promise<void> {
  while (backups.isReachedMaxSnapshots(mount)) await sleep(settings.commitCheckMillis, signal);
}

async function makeSnapshot(
  deps: RequestRunDependencies,
  mount: Mount,
  { requestId, order }: RequestRecord,
  { stage, reports }: { stage: Stage; reports: RequestReports },
  signal: AbortSignal,
): Promise<void> {
  const { journal, backups, settings, clock } = deps;
  const database = settings.databases.find(({ name }) => name === order.database);
  if (database?.mount !== mount.name) {
    throw new RequestFailure(
      'DATABASE_NOT_CONFIGURED',
      `the configuration has no database ${order.database} on mount ${mount.name}`,
    );
  }
  // As it is now: others may have gone before.
  const startedAt = deps.mounts.find(mount.mountId)?.backupStartedAt ?? null;
  if (startedAt !== null) {
    throw new RequestFailure(
      'BACKUP_RUNNING',
      `another backup of mount ${mount.name} was started at ${startedAt} and not finished: let its script finish it (PUT) first`,
    );
  }
  await backups.start(mount.name);
  journal.requests.markRunning(requestId, toInstant(clock()));
  try {
    await runForLog(deps, mount, { database, requestId, order, stage, reports }, signal);
    signal.throwIfAborted();
    if (deps.mounts.find(mount.mountId)?.backupStartedAt === null) {
      throw new RequestFailure(
        'BACKUP_TAKEN_OVER',
        `a script finished (PUT) the backup of mount ${mount.name} while the command ran: half of what it wrote is in that snapshot`,
      );
    }
    await backups.finish(mount.name, toInstant(clock()), requestId);
  } catch (error) {
    await backups.giveUp(mount.name);
    throw error;
  }
}

/** Until the vault has the snapshot. It is uploaded in its turn among those of its mount. */
async function followUpload(
  { journal, settings }: RequestRunDependencies,
  { requestId }: RequestRecord,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const snapshotId = journal.requests.find(requestId)?.snapshotId;
    const snapshot = snapshotId ? journal.snapshots.find(snapshotId) : undefined;
    if (snapshot?.state === 'failed') {
      throw new RequestFailure('SNAPSHOT_FAILED', snapshot.reason ?? 'the snapshot failed');
    }
    if (snapshot === undefined || snapshot.requestId !== requestId) {
      throw new RequestFailure('SNAPSHOT_GONE', 'the snapshot does not belong to the request any more');
    }
    if (snapshot.state === 'committed' || snapshot.state === 'released') {
      journal.requests.markCommitted(requestId);
      return;
    }
    await sleep(settings.commitCheckMillis, signal);
  }
}

async function measure(
  { journal, activity }: RequestRunDependencies,
  mount: Mount,
  { requestId }: RequestRecord,
  stage: Stage,
): Promise<RequestProgress> {
  const known = journal.requests.find(requestId);
  const since = known?.startedAt;
  const written = since
    ? await findWritten(mount.folders.oracleData, new Date(since))
    : { files: [], fileCount: 0, bytesWritten: 0 };
  if (stage.isQueued) return { percent: 0, isQueued: true, ...written };
  if (known?.state !== 'uploading') {
    return { percent: Math.floor((stage.hookPercent * hookPercent) / 100), ...written };
  }
  const moved = activity.uploads.get(mount.mountId);
  const share = moved && moved.bytesTotal > 0 ? moved.bytesDone / moved.bytesTotal : 0;
  return { percent: hookPercent + Math.floor(share * (99 - hookPercent)), ...written };
}

async function reportEnd(
  { service, journal, pacing, log }: RequestRunDependencies,
  { requestId }: RequestRecord,
  signal: AbortSignal,
): Promise<void> {
  const send = async () => {
    const ended = journal.requests.find(requestId);
    if (!ended) return;
    const { fence, state, code, reason } = ended;
    const body =
      state === 'committed'
        ? ({ outcome: 'completed', fence } as const)
        : ({
            outcome: 'failed',
            fence,
            code: code ?? 'BACKUP_FAILED',
            reason: reason || 'no reason given',
          } as const);
    await service.call('reportRequestResult', { params: { requestId }, body }, signal);
  };
  await repeatUntilDone(pacing, signal, send, (error) => {
    if (error instanceof ServiceError && error.retry === 'permanent') throw error;
    log.warn({ requestId, err: error }, 'result not reported, trying again');
  }).catch((error: unknown) => {
    // The service ended it on its own, with the recovery point or without; or it handed it over again, and says so by the next poll.
    if (!hasRequestEnded(error)) throw error;
    log.info({ requestId, err: error }, 'the service does not wait for this result');
  });
  journal.requests.markReported(requestId);
}

import type { BackupRequest, RequestState } from '../backup-request.ts';
import { type Instant, toMillis } from '../instant.ts';
import { type Restore, restoreEndStates } from '../restore.ts';
import { type Failure, foundIn, type History, type OrUnknown, type Past } from './past.ts';

/** What is known of the backups of one kind. Where scripts begin them, the service hears of those alone that became points. */
export interface JobReport {
  /** Of the newest request. */
  readonly state: RequestState | 'not-requested';
  readonly lastAt: Past<Instant>;
  /** Of the newest one that ran and has ended. */
  readonly durationSeconds: Past<number>;
  readonly lastFailure: Past<Failure>;
}

const neverRequested: JobReport = {
  state: 'not-requested',
  lastAt: 'unknown',
  durationSeconds: 'unknown',
  lastFailure: 'unknown',
};

export function describeJob(
  { items, ...history }: History<BackupRequest>,
  content: BackupRequest['content'],
): JobReport {
  const requests = items.filter((request) => request.content === content);
  const [newest] = requests;
  if (newest === undefined) return neverRequested;
  const ran = requests.flatMap(({ startedAt, endedAt }) =>
    startedAt && endedAt ? [secondsBetween(startedAt, endedAt)] : [],
  );
  return {
    state: newest.state,
    lastAt: foundIn(requests.find(({ startedAt }) => startedAt !== undefined)?.startedAt, history),
    durationSeconds: foundIn(ran[0], history),
    lastFailure: foundIn(requests.flatMap(failureOf)[0], history),
  };
}

function failureOf({ state, reason, endedAt, requestedAt }: BackupRequest): Failure[] {
  if (state !== 'failed') return [];
  return [{ at: endedAt ?? requestedAt, reason: reason ?? 'no reason was given' }];
}

/** How many requests failed since then. Without any request nobody knows: scripts do not say when they fail. */
export function countFailures(history: History<BackupRequest>, since: Instant): OrUnknown<number> {
  const { items, isWhole } = history;
  const oldest = items.at(-1);
  if (oldest === undefined || (!isWhole && oldest.requestedAt >= since)) return 'unknown';
  return items.flatMap(failureOf).filter(({ at }) => at >= since).length;
}

export interface RestoresReport {
  readonly lastSuccessAt: Past<Instant>;
  readonly lastFailure: Past<Failure>;
  /** No restore is opened as a database by the service: whether one reached its time, the DBA knows. */
  readonly lastValidationAt: 'unknown';
  readonly averageDifferenceSeconds: 'unknown';
  readonly averageMinutes: Past<number>;
}

export function describeRestores({ items, ...history }: History<Restore>): RestoresReport {
  const ended = items.filter(({ state }) => restoreEndStates.some((end) => end === state));
  const minutes = ended.flatMap(({ state, requestedAt, endedAt }) =>
    state === 'completed' && endedAt ? [secondsBetween(requestedAt, endedAt) / 60] : [],
  );
  const mean = minutes.reduce((sum, each) => sum + each, 0) / minutes.length;
  return {
    lastSuccessAt: foundIn(ended.find(({ state }) => state === 'completed')?.endedAt, history),
    lastFailure: foundIn(ended.flatMap(restoreFailureOf)[0], history),
    lastValidationAt: 'unknown',
    averageDifferenceSeconds: 'unknown',
    averageMinutes: foundIn(minutes.length === 0 ? undefined : Math.round(mean * 10) / 10, history),
  };
}

function restoreFailureOf({ state, reason, damage, endedAt, requestedAt }: Restore): Failure[] {
  if (state !== 'failed' && state !== 'completed-with-damage') return [];
  const missing = damage && `${damage.filesDamaged} files are missing`;
  return [{ at: endedAt ?? requestedAt, reason: reason ?? missing ?? 'no reason was given' }];
}

/** How many restores failed since then, or lack files. */
export function countRestoreFailures(
  { items, isWhole }: History<Restore>,
  since: Instant,
): OrUnknown<number> {
  const oldest = items.at(-1);
  if (!isWhole && (oldest === undefined || oldest.requestedAt >= since)) return 'unknown';
  return items.flatMap(restoreFailureOf).filter(({ at }) => at >= since).length;
}

const secondsBetween = (from: Instant, to: Instant): number =>
  Math.max(0, Math.round((toMillis(to) - toMillis(from)) / 1000));

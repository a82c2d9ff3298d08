import type { RestoreProgress } from '../../shared/domain/restore.ts';
import { hasCode } from '../../shared/errors.ts';
import type { RestoreRecord } from '../journal/restore-records.ts';
import type { MoverProgress } from '../mover/ports.ts';
import type { Log } from '../ports/log.ts';
import { sleep } from '../retry.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { TransferRate } from './transfer-rate.ts';

export interface ProgressDependencies {
  readonly service: ServiceClient;
  readonly reportMillis: number;
  readonly log: Log;
}

/** The log gets a line so often. */
const lineMillis = 60_000;

const nothingDone = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 };

/** Tells the service that the restore is alive, also while nothing moves. */
export class ProgressReports {
  readonly #ended = new AbortController();
  readonly #reporting: Promise<void>;
  readonly #rate = new TransferRate();
  #saidAt: number | undefined;
  #latest: MoverProgress & { readonly isQueued?: boolean };

  constructor(
    deps: ProgressDependencies,
    { restore, isQueued }: { readonly restore: RestoreRecord; readonly isQueued: boolean },
    signal: AbortSignal,
    onOrderEnded: () => void,
  ) {
    this.#latest = isQueued ? { ...nothingDone, isQueued } : nothingDone;
    const until = AbortSignal.any([signal, this.#ended.signal]);
    this.#reporting = this.#report(deps, restore, until, onOrderEnded);
  }

  /** It is its turn. */
  begin(): void {
    this.#latest = nothingDone;
  }

  update(progress: MoverProgress): void {
    this.#latest = progress;
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#reporting;
  }

  async #report(
    { service, reportMillis, log }: ProgressDependencies,
    { restoreId, fence, jobId }: RestoreRecord,
    signal: AbortSignal,
    onOrderEnded: () => void,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        const now = performance.now();
        const progress = this.#measured(now);
        const body = { fence, progress };
        this.#saidAt ??= now;
        if (now - this.#saidAt >= lineMillis) {
          this.#saidAt = now;
          log.info({ jobId, ...progress }, 'restore is under way');
        }
        await service.call('reportRestoreProgress', { params: { restoreId }, body }, signal);
      } catch (error) {
        if (hasOrderEnded(error)) return onOrderEnded();
        if (!signal.aborted) log.warn({ restoreId, err: error }, 'progress not reported');
      }
      await sleep(reportMillis, signal).catch(() => {});
    }
  }

  /** What is done, with how fast it goes; nothing of that while it waits for its turn. */
  #measured(
    now: number,
  ): MoverProgress & Pick<RestoreProgress, 'isQueued' | 'bytesPerSecond' | 'secondsLeft'> {
    const latest = this.#latest;
    if (latest.isQueued) return latest;
    this.#rate.note(latest.bytesDone, now);
    const { bytesPerSecond } = this.#rate;
    if (bytesPerSecond === undefined) return latest;
    const left = latest.bytesTotal - latest.bytesDone;
    const secondsLeft = bytesPerSecond > 0 ? { secondsLeft: Math.ceil(left / bytesPerSecond) } : {};
    return { ...latest, bytesPerSecond, ...secondsLeft };
  }
}

/** The service ended the restore, or gave it out again under a newer fence. */
export const hasOrderEnded = (error: unknown): boolean =>
  hasCode(error, 'RESTORE_STATE_CONFLICT') || hasCode(error, 'RESTORE_NOT_FOUND');

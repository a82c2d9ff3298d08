import type { RequestProgress } from '../../shared/domain/backup-request.ts';
import type { RequestId } from '../../shared/domain/ids.ts';
import { hasCode } from '../../shared/errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { Log } from '../ports/log.ts';
import { sleep } from '../retry.ts';
import type { ServiceClient } from '../service/service-client.ts';

export interface ReportDependencies {
  readonly service: ServiceClient;
  readonly journal: Pick<Journal, 'requests'>;
  readonly reportMillis: number;
  readonly log: Log;
}

/** What the service allows in one report. */
const mostWarnings = 20;

/** Whether an error says that the service does not wait for this request by this hand-over any more. */
export const hasRequestEnded = (error: unknown): boolean =>
  hasCode(error, 'BACKUP_REQUEST_STATE_CONFLICT') || hasCode(error, 'BACKUP_REQUEST_NOT_FOUND');

/** Tells the service that the request is alive, also while nothing moves. */
export class RequestReports {
  readonly #ended = new AbortController();
  readonly #reporting: Promise<void>;
  readonly #warnings: string[] = [];

  constructor(
    deps: ReportDependencies,
    requestId: RequestId,
    measure: () => Promise<RequestProgress>,
    signal: AbortSignal,
  ) {
    const until = AbortSignal.any([signal, this.#ended.signal]);
    this.#reporting = this.#report(deps, requestId, measure, until);
  }

  warn(text: string): void {
    if (this.#warnings.length < mostWarnings && !this.#warnings.includes(text)) this.#warnings.push(text);
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#reporting;
  }

  async #report(
    { service, journal, reportMillis, log }: ReportDependencies,
    requestId: RequestId,
    measure: () => Promise<RequestProgress>,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      // Read each time: the service may have handed it over anew, while the backup goes on.
      const fence = journal.requests.find(requestId)?.fence;
      if (fence === undefined) return;
      try {
        const progress = await measure();
        const warnings = this.#warnings.length > 0 && { warnings: [...this.#warnings] };
        const body = { fence, progress: { ...progress, files: [...progress.files] }, ...warnings };
        await service.call('reportRequestProgress', { params: { requestId }, body }, signal);
      } catch (error) {
        // Whether it has ended, or was handed over again, the next poll tells.
        if (!signal.aborted) log.warn({ requestId, err: error }, 'progress not reported');
      }
      await sleep(reportMillis, signal).catch(() => {});
    }
  }
}

import { type ErrorCode, hasCode } from '../../shared/errors.ts';
import type { LogSpool } from '../backups/log-spool.ts';
import { systemCode } from '../file-errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { LateLogRecord } from '../journal/log-records.ts';
import type { Activity } from '../metrics/activity.ts';
import { encodeLog } from '../mover/upload/upload-logs.ts';
import type { Log } from '../ports/log.ts';
import { backoffMillis, type Pacing, sleep } from '../retry.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { putObject, type VaultAccess } from '../vault/vault-request.ts';

export interface LateLogsDependencies {
  readonly journal: Journal;
  readonly spool: LogSpool;
  readonly service: ServiceClient;
  readonly vault: VaultAccess;
  readonly pacing: Pacing;
  readonly activity: Pick<Activity, 'addUploadedBytes'>;
  readonly log: Log;
}

/** What the service says of the log or its point: it would say it again. Whatever it says of this gateway may change. */
const finalRefusals: readonly ErrorCode[] = [
  'LATE_LOG_REFUSED',
  'REQUEST_INVALID',
  'UPLOAD_NOT_FOUND',
  'UPLOAD_STATE_CONFLICT',
];

/**
 * Brings logs that came after their snapshot to the vault, once it is a recovery point. Beside the uploads, which never
 * wait for it. Each log is tried until the vault has it or the service refuses it for good.
 */
export class LateLogs {
  readonly #deps: LateLogsDependencies;
  /** While the service deals with this gateway. */
  #active: AbortController | undefined;
  #running: Promise<void> | undefined;

  constructor(deps: LateLogsDependencies) {
    this.#deps = deps;
  }

  /** Begins, or goes on, with all that waits. */
  begin(): void {
    this.#active ??= new AbortController();
    this.wake();
  }

  /** To be called when a log came late, and when a snapshot has become a recovery point. */
  wake(): void {
    if (!this.#active || this.#running) return;
    const { signal } = this.#active;
    this.#running = this.#drain(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#deps.log.error({ err: error }, 'late logs wait for the next poll');
    });
  }

  /** Breaks off what is under way; `begin`, or the next start, goes on with it. */
  async stop(): Promise<void> {
    this.#active?.abort();
    this.#active = undefined;
    await this.#running;
  }

  async #drain(signal: AbortSignal): Promise<void> {
    // As with the uploads: it ends in the same moment in which it finds nothing more to do, so no wake is lost.
    await Promise.resolve();
    try {
      for (let failures = 0; ; ) {
        const logs = this.#deps.journal.logs.allLate();
        if (logs.length === 0) return;
        let isFailed = false;
        for (const log of logs) if (!(await this.#advance(log, signal))) isFailed = true;
        failures = isFailed ? failures + 1 : 0;
        if (isFailed) await sleep(backoffMillis(this.#deps.pacing, failures - 1), signal);
      }
    } finally {
      this.#running = undefined;
    }
  }

  /** Whether nothing is left to do with the log. */
  async #advance(late: LateLogRecord, signal: AbortSignal): Promise<boolean> {
    const { journal, spool, log } = this.#deps;
    const { logId, mountId, uploadId, fileName } = late;
    const about = { mountId, uploadId, fileName };
    try {
      const number = await this.#send(late, signal);
      journal.logs.markDelivered(logId);
      log.info({ ...about, number }, 'late log is in the vault');
    } catch (error) {
      signal.throwIfAborted();
      if (!isFinal(error)) {
        log.warn({ ...about, err: error }, 'late log not in the vault yet, trying again');
        return false;
      }
      journal.logs.remove(logId);
      log.error(
        { ...about, err: error },
        'late log given up: nothing more is done to bring it to its recovery point',
      );
    }
    await spool.remove(logId);
    return true;
  }

  /** The service signs for the same key when it is asked again; 412 says that these very bytes are there already. */
  async #send(late: LateLogRecord, signal: AbortSignal): Promise<number> {
    const { service, spool, vault, activity } = this.#deps;
    const { bytes, row } = await encodeLog({ ...late, path: spool.pathOf(late.logId) });
    const { uploadId, mountId } = late;
    const signed = await service.call('signLateLog', { params: { uploadId }, body: row }, signal);
    const { status, code } = await putObject(vault, signed, bytes, signal);
    if (status === 200) activity.addUploadedBytes(mountId, bytes.length);
    else if (status !== 412) throw new Error(`the vault answers ${status} ${code ?? ''}`.trimEnd());
    return signed.number;
  }
}

/** Also when the log is gone from the spool: it does not come back. */
const isFinal = (error: unknown): boolean =>
  systemCode(error) === 'ENOENT' || finalRefusals.some((code) => hasCode(error, code));

import type { MountId, RequestId } from '../../shared/domain/ids.ts';
import type { MakeBackupCommand, RequestRecord } from '../journal/request-records.ts';
import type { Mount, Mounts } from '../mounts/mounts.ts';
import { Serializer } from '../serializer.ts';
import { endLeftHook } from './hook.ts';
import { type RequestRunDependencies, runRequest } from './request-run.ts';

interface Run {
  readonly stopping: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Carries out the backups that the service requests. The orders of the last poll are what counts: one that stays is gone on with, one
 * with a newer fence goes on under it, one that is gone has ended. Backups of one mount are made one after another.
 */
export class Requests {
  readonly #deps: RequestRunDependencies;
  readonly #mounts: Mounts;
  readonly #onUploadDropped: (mount: Mount) => void;
  readonly #turns = new Serializer();
  readonly #runs = new Map<RequestId, Run>();

  constructor(deps: RequestRunDependencies, mounts: Mounts, onUploadDropped: (mount: Mount) => void) {
    this.#deps = deps;
    this.#mounts = mounts;
    this.#onUploadDropped = onUploadDropped;
  }

  /** The databases that requests may name, as the service is told with each poll. */
  databases(): { name: string; mountId: MountId; highestLevel: number }[] {
    return this.#deps.settings.databases.flatMap(({ name, mount, highestLevel }) => {
      const mountId = this.#mounts.findByName(mount)?.mountId;
      return mountId === undefined ? [] : [{ name, mountId, highestLevel }];
    });
  }

  /** After a start: what RMAN was doing when the last process ended is broken off, and its request fails. */
  async recover(): Promise<void> {
    const { journal, backups, log } = this.#deps;
    for (const { requestId, mountId, pid, pidStart } of journal.requests.allRunning()) {
      if (pid !== null && pidStart !== null && (await endLeftHook(pid, pidStart))) {
        log.warn({ requestId, pid }, 'a command that an earlier gateway left running was ended');
      }
      const mount = this.#mounts.find(mountId);
      if (mount) await backups.giveUp(mount.name);
      const reason = 'the gateway was started again while the backup ran';
      journal.requests.markFailed(requestId, { code: 'GATEWAY_RESTARTED', reason });
    }
  }

  async follow(orders: readonly MakeBackupCommand[]): Promise<void> {
    for (const order of orders) {
      await this.#follow(order).catch((error: unknown) => {
        const { requestId } = order;
        this.#deps.log.error(
          { requestId, err: error },
          'request not followed, trying again with the next poll',
        );
      });
    }
    const ordered = new Set(orders.map(({ requestId }) => requestId));
    for (const record of this.#deps.journal.requests.allUnreported()) {
      if (!ordered.has(record.requestId)) await this.#drop(record);
    }
  }

  /** Ends hooks that run; their requests fail with the next start. Uploads go on by themselves. */
  async stop(): Promise<void> {
    await Promise.all([...this.#runs.keys()].map((requestId) => this.#stopRun(requestId)));
  }

  async #follow(order: MakeBackupCommand): Promise<void> {
    const { requestId, mountId, fence } = order;
    const { journal } = this.#deps;
    const mount = this.#mounts.findInUse(mountId);
    if (!mount) return this.#refuse(order);
    const known = journal.requests.find(requestId);
    if (known && fence < known.fence) return;
    if (known?.fence !== fence) {
      journal.requests.forgetReported(mountId);
      journal.requests.order(order);
    }
    this.#start(mount, requestId);
  }

  async #refuse({ requestId, mountId, fence }: MakeBackupCommand): Promise<void> {
    const reason = `this store has no mount ${mountId}`;
    const body = { outcome: 'failed', fence, code: 'MOUNT_NOT_FOUND', reason } as const;
    await this.#deps.service.call('reportRequestResult', { params: { requestId }, body });
  }

  #start(mount: Mount, requestId: RequestId): void {
    if (this.#runs.has(requestId)) return;
    const record = this.#deps.journal.requests.find(requestId);
    if (!record || record.isReported) return;
    const stopping = new AbortController();
    const inTurn = (task: () => Promise<void>) => this.#turns.run(mount.mountId, task);
    const ended = runRequest(this.#deps, mount, record, inTurn, stopping.signal)
      .catch((error: unknown) => {
        if (stopping.signal.aborted) return;
        this.#deps.log.error({ requestId, err: error }, 'request broken off until the next poll');
      })
      .finally(() => this.#runs.delete(requestId));
    this.#runs.set(requestId, { stopping, ended });
  }

  /**
   * The service does not wait for it any more: the hook ends, and with it the backup. A snapshot that is frozen already is left to the
   * uploads, which ask what became of the request: it goes when that was aborted, and is uploaded when it failed.
   */
  async #drop({ requestId, mountId }: RequestRecord): Promise<void> {
    const { journal, log } = this.#deps;
    await this.#stopRun(requestId);
    const record = journal.requests.find(requestId);
    const mount = this.#mounts.find(mountId);
    if (!record || record.isReported) return;
    if (record.state === 'uploading' && mount) this.#onUploadDropped(mount);
    journal.requests.markReported(requestId);
    log.info({ requestId, state: record.state }, 'the service has ended the request');
  }

  async #stopRun(requestId: RequestId): Promise<void> {
    const run = this.#runs.get(requestId);
    run?.stopping.abort();
    await run?.ended;
  }
}

import type * as z from 'zod';
import type { CallAnswer, CallInput } from '../../shared/contracts/calls.ts';
import type { upload as uploadSchema } from '../../shared/contracts/uploads.ts';
import type { RequestState } from '../../shared/domain/backup-request.ts';
import type { MountId, RequestId } from '../../shared/domain/ids.ts';
import { hasCode, ServiceError } from '../../shared/errors.ts';
import type { LogSpool } from '../backups/log-spool.ts';
import type { Encryption } from '../encryption/encryption.ts';
import type { Journal } from '../journal/journal.ts';
import { type Manifest, type SnapshotRecord, snapNameOf } from '../journal/snapshot-records.ts';
import type { Activity } from '../metrics/activity.ts';
import type { Mount } from '../mounts/mounts.ts';
import type { Baselines } from '../mover/baseline/baselines.ts';
import { uploadSnapshot } from '../mover/upload/upload-snapshot.ts';
import type { Log } from '../ports/log.ts';
import { type Pacing, repeatUntilDone, sleep } from '../retry.ts';
import type { Semaphore } from '../semaphore.ts';
import { reasonWithin } from '../service/reason.ts';
import type { ServiceClient } from '../service/service-client.ts';
import type { KeptSnapshots } from '../snapshots/kept-snapshots.ts';
import type { SnapshotStore } from '../snapshots/snapshot-store.ts';
import { VaultParentSource } from '../vault/parent-source.ts';
import { UploadTarget } from '../vault/upload-target.ts';
import type { VaultAccess } from '../vault/vault-request.ts';
import { ProgressLines } from './progress-lines.ts';
import type { UploadSettings } from './upload-settings.ts';

type Upload = z.output<typeof uploadSchema>;

export interface SnapshotUploadDependencies {
  readonly journal: Journal;
  readonly snapshots: SnapshotStore;
  readonly kept: Pick<KeptSnapshots, 'keep' | 'tidy'>;
  readonly spool: LogSpool;
  readonly service: ServiceClient;
  readonly vault: VaultAccess;
  /** Uploads of several mounts that read and send data at once. */
  readonly moving: Semaphore;
  readonly pacing: Pacing;
  readonly commitCheckMillis: number;
  readonly activity: Activity;
  readonly encryption: Pick<Encryption, 'forUpload'>;
  /** What is kept of a mount's last snapshot. */
  readonly baselinesOf: (mountId: MountId) => Promise<Baselines>;
  /** Read at each upload, for they may change. */
  readonly uploadSettings: UploadSettings;
  /** Called when a snapshot has become a recovery point. */
  readonly onCommitted: () => void;
  readonly log: Log;
}

const opaqueAdvice =
  'new files of this folder were compressed or encrypted before they came here, so nothing of the last backup is found in them: let RMAN write without COMPRESSED and without encryption, the gateway compresses what it sends';

/** What became of one attempt to upload a snapshot. Anything that is worth another attempt is thrown. */
export type UploadOutcome =
  | { readonly kind: 'committed' }
  | { readonly kind: 'refused'; readonly upload: Upload; readonly reason: string };

/** More than one, for a mount with days to go must not stop the others. */
export const uploadsAtOnce = 2;

/** One attempt to bring a snapshot to the vault and have it committed. It goes on where an earlier one ended. */
export class SnapshotUpload {
  readonly #deps: SnapshotUploadDependencies;
  readonly #mount: Mount;
  readonly #signal: AbortSignal;

  constructor(deps: SnapshotUploadDependencies, mount: Mount, signal: AbortSignal) {
    this.#deps = deps;
    this.#mount = mount;
    this.#signal = signal;
  }

  /** Opens the upload, or finds it as it is: opening twice for one snapshot answers the same one. */
  async open(snapshot: SnapshotRecord): Promise<Upload> {
    const { snapshotId, requestedAt } = snapshot;
    const request = this.#requestOf(snapshot);
    const body = { snapshotId, snapName: snapNameOf(snapshot), requestedAt, ...(request && { request }) };
    const opened = await this.#call('openUpload', { params: { mountId: this.#mount.mountId }, body });
    const { journal } = this.#deps;
    const isNew = snapshot.uploadId !== opened.uploadId;
    journal.transaction(() => {
      if (isNew && snapshot.uploadId) journal.objects.forget(snapshot.uploadId);
      // Once an upload: all its attempts then make the same manifest. One that is not open has its manifest already.
      if (isNew && opened.state === 'open') journal.logs.takeForManifest(snapshotId);
      journal.snapshots.markUploading(snapshotId, opened.uploadId);
    });
    return opened;
  }

  /** The request of the snapshot by its newest hand-over. */
  #requestOf({ requestId }: SnapshotRecord): { requestId: RequestId; fence: number } | undefined {
    const fence = requestId && this.#deps.journal.requests.find(requestId)?.fence;
    return requestId && fence ? { requestId, fence } : undefined;
  }

  /** What became of the request of a snapshot; undefined when the service does not know it. */
  async stateOfRequest(requestId: RequestId): Promise<RequestState | undefined> {
    try {
      return (await this.#call('showRequest', { params: { requestId } })).state;
    } catch (error) {
      if (hasCode(error, 'BACKUP_REQUEST_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  async run(snapshot: SnapshotRecord, opened: Upload): Promise<UploadOutcome> {
    if (opened.state === 'open') {
      await this.#commit(opened, await this.#bringManifest(snapshot, opened));
      // No commit is through in the moment in which it was asked for.
      await sleep(this.#deps.commitCheckMillis, this.#signal);
    }
    const ended = await this.#followCommit(opened);
    if (ended.state === 'committed') return { kind: 'committed' };
    if (ended.state === 'open') {
      const { code, message } = ended.refusal ?? { code: 'INTERNAL', message: 'the service gives no reason' };
      return { kind: 'refused', upload: ended, reason: `${code}: ${message}` };
    }
    throw new Error(
      `the upload is ${ended.state} (${ended.closeReason ?? 'no reason given'}): a new one is needed`,
    );
  }

  /** Gives the upload up at the service, so that the mount is free there. */
  async abort({ uploadId }: Upload, reason: string): Promise<void> {
    try {
      await this.#call('abortUpload', { params: { uploadId }, body: { reason: reasonWithin(500, reason) } });
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#deps.log.warn({ uploadId, err: error }, 'the upload cannot be aborted, it ends with its lease');
    }
  }

  async #bringManifest(snapshot: SnapshotRecord, opened: Upload): Promise<Manifest> {
    const { manifestSha256, manifestBytes } = snapshot;
    const isSameUpload = snapshot.uploadId === opened.uploadId;
    if (isSameUpload && manifestSha256 !== null && manifestBytes !== null)
      return { manifestSha256, manifestBytes };
    const { activity } = this.#deps;
    const moved = await this.#deps.moving
      .run(() => this.#moveData(snapshot, opened))
      .finally(() => activity.uploads.delete(opened.mountId));
    this.#deps.journal.snapshots.recordManifest(snapshot.snapshotId, moved);
    return moved;
  }

  async #moveData(snapshot: SnapshotRecord, opened: Upload): Promise<Manifest> {
    const { journal, snapshots, spool, uploadSettings, activity, log } = this.#deps;
    const { mountId, uploadId, snapName, fence, parent, openedAt } = opened;
    const { snapshotId, requestedAt, frozenAt } = snapshot;
    // First of all: without the key nothing is read, and nothing leaves.
    const protection = await this.#deps.encryption.forUpload(this.#mount, uploadId, this.#signal);
    const { root, listing } = await snapshots.read(this.#mount.folders, snapshot);
    const logs = journal.logs
      .inManifest(snapshotId)
      .map((spooled) => ({ ...spooled, path: spool.pathOf(spooled.logId) }));
    const about = { mount: this.#mount.name, uploadId, snapName };
    const progress = new ProgressLines(log, about, () => performance.now());
    const target = new UploadTarget(
      { ...this.#deps, objects: journal.objects, onSent: (bytes) => progress.addSent(bytes) },
      { mountId, uploadId, fence },
      this.#signal,
    );
    const moved = await uploadSnapshot({
      root,
      listing,
      logs,
      identity: { mountId, uploadId, parent: parent ?? null, requestedAt, serviceAt: openedAt, snapName },
      target,
      // The same in every attempt: then they make the same objects, and what is stored is not sent again.
      clock: () => new Date(frozenAt ?? requestedAt),
      baselines: await this.#deps.baselinesOf(mountId),
      parentSource: new VaultParentSource(this.#deps, { uploadId, fence }, this.#signal),
      trustsStats: uploadSettings.verify === 'stat',
      findsMoved: uploadSettings.findMoved,
      level: uploadSettings.compressionLevel,
      rewrite: uploadSettings.rewrite,
      ...protection,
      damaged: opened.damagedPacks ?? [],
      avoidsParent: opened.avoidsParent ?? false,
      onProgress: (done) => {
        activity.uploads.set(mountId, done);
        progress.note(done);
      },
      signal: this.#signal,
    });
    log.info({ ...about, ...moved }, 'snapshot is in the vault');
    for (const { folder, bytes } of parent ? moved.newFiles.filter(({ isOpaque }) => isOpaque) : [])
      log.info({ ...about, folder, bytes }, opaqueAdvice);
    return moved;
  }

  async #commit({ uploadId, fence }: Upload, { manifestSha256, manifestBytes }: Manifest): Promise<void> {
    const body = { fence, manifestSha256, manifestBytes };
    // A conflict (the answer to an earlier try was lost) is left to the next attempt, which finds the state as it is.
    await this.#call('commitUpload', { params: { uploadId }, body });
  }

  async #followCommit({ uploadId }: Upload): Promise<Upload> {
    for (;;) {
      const upload = await this.#call('showUpload', { params: { uploadId } });
      if (upload.state !== 'committing') return upload;
      await sleep(this.#deps.commitCheckMillis, this.#signal);
    }
  }

  /** Calls until the service answers. Only what trying again cannot change is thrown. */
  #call<N extends 'abortUpload' | 'commitUpload' | 'openUpload' | 'showRequest' | 'showUpload'>(
    name: N,
    input: CallInput<N>,
  ): Promise<CallAnswer<N>> {
    const { service, pacing, log } = this.#deps;
    return repeatUntilDone(
      pacing,
      this.#signal,
      () => service.call(name, input, this.#signal),
      (error) => {
        if (error instanceof ServiceError && error.retry === 'permanent') throw error;
        log.warn({ mount: this.#mount.name, call: name, err: error }, 'call failed, trying again');
      },
    );
  }
}

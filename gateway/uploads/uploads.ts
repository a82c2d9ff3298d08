import type * as z from 'zod';
import type { upload as uploadSchema } from '../../shared/contracts/uploads.ts';
import type { MountId } from '../../shared/domain/ids.ts';
import { type SnapshotRecord, snapNameOf } from '../journal/snapshot-records.ts';
import { assertConsistent } from '../mounts/mount-folders.ts';
import type { Mount } from '../mounts/mounts.ts';
import { keepOnly } from '../mover/baseline/keep-only.ts';
import { MoverError } from '../mover/errors.ts';
import { hasRequestEnded } from '../requests/request-reports.ts';
import { backoffMillis, sleep } from '../retry.ts';
import { SnapshotUpload, type SnapshotUploadDependencies } from './snapshot-upload.ts';

type Upload = z.output<typeof uploadSchema>;

/** What the service refused three times it will refuse a fourth time. */
const maxRefusals = 3;
/**
 * Uploads the snapshots of each mount in their order, one at a time, until the vault has them all. A snapshot is kept
 * until it is committed, however long that takes. The two that never can be, changed while they were read or refused
 * again and again, are marked failed, and kept until a later snapshot of their mount is committed.
 */
export class Uploads {
  readonly #deps: SnapshotUploadDependencies;
  /** While the service deals with this gateway: before that, another may have the store. */
  #active: AbortController | undefined;
  readonly #running = new Map<MountId, Promise<void>>();

  constructor(deps: SnapshotUploadDependencies) {
    this.#deps = deps;
  }

  /** Begins, or goes on, with all that waits. */
  begin(mounts: readonly Mount[]): void {
    this.#active ??= new AbortController();
    for (const mount of mounts) this.wake(mount);
  }

  /** To be called when the mount may have something to upload. */
  wake(mount: Mount): void {
    const { mountId, name } = mount;
    if (!this.#active || this.#running.has(mountId)) return;
    const { signal } = this.#active;
    const drained = this.#drain(mount, signal).catch((error: unknown) => {
      if (signal.aborted) return;
      this.#deps.log.error(
        { mount: name, err: error },
        'uploads of the mount stopped until its next snapshot',
      );
    });
    this.#running.set(mountId, drained);
  }

  /** Breaks off what is under way; `begin`, or the next start, goes on with it. */
  async stop(): Promise<void> {
    this.#active?.abort();
    this.#active = undefined;
    await Promise.all(this.#running.values());
  }

  async #drain(mount: Mount, signal: AbortSignal): Promise<void> {
    // The caller enters this run into the map first, for at its end it leaves the map, in the same moment in which it
    // finds nothing more to do: a wake in between would be lost.
    await Promise.resolve();
    try {
      for (let failures = 0; ; ) {
        const snapshot = this.#deps.journal.snapshots.findNext(mount.mountId);
        if (!snapshot) return;
        if (await this.#advance(mount, snapshot, signal)) failures = 0;
        else await sleep(backoffMillis(this.#deps.pacing, failures++), signal);
        signal.throwIfAborted();
      }
    } finally {
      this.#running.delete(mount.mountId);
    }
  }

  async #advance(mount: Mount, snapshot: SnapshotRecord, signal: AbortSignal): Promise<boolean> {
    try {
      if (snapshot.state === 'committed') await this.#release(mount, snapshot);
      else await this.#upload(mount, snapshot, signal);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const about = { mount: mount.name, snapName: snapNameOf(snapshot) };
      this.#deps.log.warn({ ...about, err: error }, 'snapshot not uploaded yet, trying again');
      return false;
    }
  }

  async #upload(mount: Mount, snapshot: SnapshotRecord, signal: AbortSignal): Promise<void> {
    await assertConsistent(mount);
    const run = new SnapshotUpload(this.#deps, mount, signal);
    const opened = await this.#open(mount, snapshot, run);
    if (opened === 'discarded') return;
    try {
      const outcome = await run.run(snapshot, opened);
      if (outcome.kind === 'refused') return await this.#refuse(mount, snapshot, run, outcome);
      this.#deps.journal.snapshots.markCommitted(snapshot.snapshotId);
      this.#deps.onCommitted();
    } catch (error) {
      if (!(error instanceof MoverError && error.code === 'SNAPSHOT_FILE_CHANGED')) throw error;
      // Files are missing, too, where the disk of the mount is: then nothing is lost yet.
      await assertConsistent(mount);
      await run.abort(opened, `${error.code}: ${error.message}`);
      this.#fail(mount, snapshot, `${error.code}: ${error.message}`);
    }
  }

  /** A snapshot whose request was aborted goes; one whose request failed without it is uploaded as any other. */
  async #open(mount: Mount, snapshot: SnapshotRecord, run: SnapshotUpload): Promise<Upload | 'discarded'> {
    const { requestId, snapshotId } = snapshot;
    try {
      return await run.open(snapshot);
    } catch (error) {
      if (requestId === null || !hasRequestEnded(error)) throw error;
      const state = await run.stateOfRequest(requestId);
      if (state === 'aborted') {
        await this.#discard(mount, snapshot);
        return 'discarded';
      }
      const hasEnded = state === undefined || state === 'failed' || state === 'completed';
      if (hasEnded) this.#deps.journal.snapshots.forgetRequest(snapshotId);
      throw error;
    }
  }

  async #discard(mount: Mount, snapshot: SnapshotRecord): Promise<void> {
    const { journal, snapshots, spool, log } = this.#deps;
    const { snapshotId, uploadId } = snapshot;
    journal.snapshots.markFailed(snapshotId, 'its request was aborted');
    await snapshots.release(mount.folders, snapshot);
    for (const { logId } of journal.logs.ofSnapshot(snapshotId)) await spool.remove(logId);
    journal.transaction(() => {
      journal.logs.removeOfSnapshot(snapshotId);
      if (uploadId) journal.objects.forget(uploadId);
      journal.snapshots.markReleased(snapshotId);
    });
    log.info(
      { mount: mount.name, snapName: snapNameOf(snapshot) },
      'the snapshot of an aborted request is removed',
    );
  }

  async #refuse(
    mount: Mount,
    snapshot: SnapshotRecord,
    run: SnapshotUpload,
    { upload, reason }: { readonly upload: Upload; readonly reason: string },
  ): Promise<void> {
    const { journal } = this.#deps;
    journal.transaction(() => {
      journal.snapshots.recordRefusal(snapshot.snapshotId);
      // Whatever we believe the vault to hold is offered again: it answers 412 where we were right.
      journal.objects.forget(upload.uploadId);
    });
    const isLast = snapshot.refusals + 1 >= maxRefusals;
    if (isLast || upload.refusal?.code === 'COMMIT_PARENT_GONE') await run.abort(upload, reason);
    if (!isLast) throw new Error(`the commit was refused: ${reason}`);
    this.#fail(mount, snapshot, reason);
  }

  #fail(mount: Mount, snapshot: SnapshotRecord, reason: string): void {
    this.#deps.journal.snapshots.markFailed(snapshot.snapshotId, reason);
    const about = { mount: mount.name, snapName: snapNameOf(snapshot), reason };
    this.#deps.log.error(about, 'the snapshot failed and is no recovery point: make another backup');
  }

  async #release(mount: Mount, committed: SnapshotRecord): Promise<void> {
    const { journal, snapshots, kept, spool, log } = this.#deps;
    await this.#tidyBaselines(mount, committed);
    let isKept = false;
    for (const snapshot of [...journal.snapshots.failedBefore(committed), committed]) {
      const { snapshotId, uploadId } = snapshot;
      const isPoint = snapshot === committed;
      isKept = isPoint && (await kept.keep(mount, snapshot));
      if (!isKept) await snapshots.release(mount.folders, snapshot);
      const logs = isPoint ? journal.logs.inManifest(snapshotId) : journal.logs.ofSnapshot(snapshotId);
      for (const { logId } of logs) await spool.remove(logId);
      journal.transaction(() => {
        // Known until the next backup begins, for the same log may come again.
        if (isPoint) for (const { logId } of logs) journal.logs.markDelivered(logId);
        else journal.logs.removeOfSnapshot(snapshotId);
        if (uploadId) journal.objects.forget(uploadId);
        journal.snapshots.markReleased(snapshotId);
      });
    }
    const about = { mount: mount.name, snapName: snapNameOf(committed) };
    log.info(about, isKept ? 'snapshot committed, and kept for clones' : 'snapshot committed and released');
    await kept.tidy([mount]);
  }

  /** What the next snapshot cannot build on only takes space: no reason to keep this one from its end. */
  async #tidyBaselines({ mountId, name }: Mount, { manifestSha256 }: SnapshotRecord): Promise<void> {
    try {
      if (manifestSha256 !== null) await keepOnly(await this.#deps.baselinesOf(mountId), manifestSha256);
    } catch (error) {
      this.#deps.log.warn(
        { mount: name, err: error },
        'what is kept of earlier snapshots cannot be tidied up',
      );
    }
  }
}

import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import {
  count,
  instant,
  mountId as mountIdSchema,
  ordinal,
  requestId as requestIdSchema,
  sha256,
  uploadId as uploadIdSchema,
} from '../../shared/contracts/primitives.ts';
import type { MountId, RequestId, UploadId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { snapshotKinds } from '../ports/snapshots.ts';
import { prepareQuery, type Query } from './query.ts';

/** freezing → frozen → uploading → committed → released, or failed with a reason. */
const snapshotState = z.enum(['freezing', 'frozen', 'uploading', 'committed', 'released', 'failed']);

const snapshotRecord = z.object({
  snapshotId: z.ulid(),
  mountId: mountIdSchema,
  number: ordinal,
  kind: z.enum(snapshotKinds),
  /** When the PUT arrived, by the store's clock. */
  requestedAt: instant,
  frozenAt: instant.nullable(),
  state: snapshotState,
  uploadId: uploadIdSchema.nullable(),
  /** Set when the manifest lies in the vault: all that is left of this upload is its commit. */
  manifestSha256: sha256.nullable(),
  manifestBytes: count.nullable(),
  refusals: count,
  reason: z.string().nullable(),
  requestId: requestIdSchema.nullable(),
});
export type SnapshotRecord = z.output<typeof snapshotRecord>;

export interface Manifest {
  readonly manifestSha256: string;
  readonly manifestBytes: number;
}

/** What the protocol calls a snapshot. */
export const snapNameOf = ({ number }: Pick<SnapshotRecord, 'number'>): string => `UID_${number}`;

/** The number in a name that `snapNameOf` made. */
export const snapNumberOf = (snapName: string): number | undefined => {
  const [, digits] = /^UID_(\d{1,15})$/.exec(snapName) ?? [];
  return digits === undefined ? undefined : Number(digits);
};

const columns = `snapshot_id AS snapshotId, mount_id AS mountId, number, kind, requested_at AS requestedAt,
  frozen_at AS frozenAt, state, upload_id AS uploadId, manifest_sha256 AS manifestSha256,
  manifest_bytes AS manifestBytes, refusals, reason, request_id AS requestId`;

export class SnapshotRecords {
  readonly #database: DatabaseSync;
  readonly #byId: Query<SnapshotRecord>;
  readonly #byOrder: Query<SnapshotRecord>;
  readonly #next: Query<SnapshotRecord>;
  readonly #freezing: Query<SnapshotRecord>;
  readonly #failedBefore: Query<SnapshotRecord>;
  readonly #pending: Query<SnapshotRecord>;
  readonly #failed: Query<SnapshotRecord>;
  readonly #unfinished: Query<{ number: number }>;
  readonly #lastCommitted: Query<SnapshotRecord>;
  readonly #newest: Query<SnapshotRecord>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const query = (rest: string) =>
      prepareQuery(database, `SELECT ${columns} FROM snapshots WHERE ${rest}`, snapshotRecord);
    this.#byId = query('snapshot_id = ?');
    this.#byOrder = query('order_id = ?');
    this.#next = query(
      `mount_id = ? AND state IN ('frozen', 'uploading', 'committed') ORDER BY number LIMIT 1`,
    );
    this.#freezing = query(`state = 'freezing'`);
    this.#failedBefore = query(`mount_id = ? AND state = 'failed' AND number < ?`);
    // A failed one is released, too, with its reason, when a later one is committed.
    this.#lastCommitted = query(
      `mount_id = ? AND state IN ('committed', 'released') AND reason IS NULL ORDER BY number DESC LIMIT 1`,
    );
    // A journal from the past does not know the newest; the service has told it their numbers.
    this.#newest = query(
      `mount_id = ? AND number = (SELECT last_snapshot FROM mounts WHERE mount_id = snapshots.mount_id)`,
    );
    this.#pending = query(`mount_id = ? AND state IN ('freezing', 'frozen', 'uploading')`);
    this.#failed = query(`mount_id = ? AND state = 'failed'`);
    this.#unfinished = prepareQuery(
      database,
      `SELECT count(*) AS number FROM snapshots
       WHERE state IN ('freezing', 'frozen', 'uploading', 'committed') AND (? IS NULL OR mount_id = ?)`,
      z.object({ number: count }),
    );
  }

  /** Gives the snapshot its number; numbers of freezes that failed are not used again. */
  begin(
    snapshot: Pick<SnapshotRecord, 'kind' | 'mountId' | 'requestedAt' | 'snapshotId'>,
    requestId?: RequestId,
  ): void {
    const { snapshotId, mountId, kind, requestedAt } = snapshot;
    this.#run('UPDATE mounts SET last_snapshot = last_snapshot + 1 WHERE mount_id = ?', [mountId]);
    this.#run(
      `INSERT INTO snapshots (snapshot_id, mount_id, number, kind, requested_at, request_id, state)
       SELECT ?, mount_id, last_snapshot, ?, ?, ?, 'freezing' FROM mounts WHERE mount_id = ?`,
      [snapshotId, kind, requestedAt, requestId ?? null, mountId],
    );
  }

  /** Its request has ended without it: from here on it is a snapshot like any other. */
  forgetRequest(snapshotId: string): void {
    this.#run('UPDATE snapshots SET request_id = NULL WHERE snapshot_id = ?', [snapshotId]);
  }

  /** Those that the vault does not have yet; they count against the mount's limit. */
  allPending(mountId: MountId): SnapshotRecord[] {
    return this.#pending.all(mountId);
  }

  /** Those of the mount, or of all mounts, with which something is left to do before or after their commit. */
  countUnfinished(mountId?: MountId): number {
    return this.#unfinished.find(mountId ?? null, mountId ?? null)?.number ?? 0;
  }

  /** Those that never became recovery points. */
  allFailed(mountId: MountId): SnapshotRecord[] {
    return this.#failed.all(mountId);
  }

  /** The newest snapshot of the mount that is a recovery point. */
  findLastCommitted(mountId: MountId): SnapshotRecord | undefined {
    return this.#lastCommitted.find(mountId);
  }

  /** The snapshot of the newest PUT, if this gateway made it. */
  findNewest(mountId: MountId): SnapshotRecord | undefined {
    return this.#newest.find(mountId);
  }

  /** The oldest snapshot of the mount with which something is left to do. */
  findNext(mountId: MountId): SnapshotRecord | undefined {
    return this.#next.find(mountId);
  }

  find(snapshotId: string): SnapshotRecord | undefined {
    return this.#byId.find(snapshotId);
  }

  /** The snapshot that the service's order has become. */
  findByOrder(orderId: string): SnapshotRecord | undefined {
    return this.#byOrder.find(orderId);
  }

  markOrder(snapshotId: string, orderId: string): void {
    this.#run('UPDATE snapshots SET order_id = ? WHERE snapshot_id = ?', [orderId, snapshotId]);
  }

  /** Freezes that a crash interrupted. */
  allFreezing(): SnapshotRecord[] {
    return this.#freezing.all();
  }

  failedBefore({ mountId, number }: SnapshotRecord): SnapshotRecord[] {
    return this.#failedBefore.all(mountId, number);
  }

  markFrozen(snapshotId: string, at: Instant): void {
    this.#run(`UPDATE snapshots SET state = 'frozen', frozen_at = ? WHERE snapshot_id = ?`, [at, snapshotId]);
  }

  /** What was known of another upload of the snapshot is forgotten. */
  markUploading(snapshotId: string, uploadId: UploadId): void {
    this.#run(
      `UPDATE snapshots SET state = 'uploading', upload_id = ?, manifest_sha256 = NULL, manifest_bytes = NULL
       WHERE snapshot_id = ? AND upload_id IS NOT ?`,
      [uploadId, snapshotId, uploadId],
    );
  }

  recordManifest(snapshotId: string, { manifestSha256, manifestBytes }: Manifest): void {
    this.#run(`UPDATE snapshots SET manifest_sha256 = ?, manifest_bytes = ? WHERE snapshot_id = ?`, [
      manifestSha256,
      manifestBytes,
      snapshotId,
    ]);
  }

  recordRefusal(snapshotId: string): void {
    this.#run(
      `UPDATE snapshots SET refusals = refusals + 1, manifest_sha256 = NULL, manifest_bytes = NULL
       WHERE snapshot_id = ?`,
      [snapshotId],
    );
  }

  markCommitted(snapshotId: string): void {
    this.#run(`UPDATE snapshots SET state = 'committed' WHERE snapshot_id = ?`, [snapshotId]);
  }

  markReleased(snapshotId: string): void {
    this.#run(`UPDATE snapshots SET state = 'released' WHERE snapshot_id = ?`, [snapshotId]);
  }

  markFailed(snapshotId: string, reason: string): void {
    this.#run(`UPDATE snapshots SET state = 'failed', reason = ? WHERE snapshot_id = ?`, [
      reason,
      snapshotId,
    ]);
  }

  remove(snapshotId: string): void {
    this.#run('DELETE FROM snapshots WHERE snapshot_id = ?', [snapshotId]);
  }

  #run(sql: string, values: (number | string | null)[]): void {
    this.#database.prepare(sql).run(...values);
  }
}

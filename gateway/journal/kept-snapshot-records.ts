import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import {
  count,
  instant,
  mountId as mountIdSchema,
  sha256,
  uploadId as uploadIdSchema,
} from '../../shared/contracts/primitives.ts';
import type { MountId } from '../../shared/domain/ids.ts';
import { prepareQuery, type Query } from './query.ts';
import type { RestoreRecord } from './restore-records.ts';

const keptSnapshot = z.object({
  snapshotId: z.ulid(),
  mountId: mountIdSchema,
  recoveryPointId: uploadIdSchema,
  manifestSha256: sha256,
  /** What tells it from any other snapshot of its name. */
  identity: z.string(),
  files: count,
  bytes: count,
  keptSince: instant,
});
export type KeptSnapshot = z.output<typeof keptSnapshot>;

const columns = `snapshot_id AS snapshotId, mount_id AS mountId, recovery_point_id AS recoveryPointId,
  manifest_sha256 AS manifestSha256, identity, files, bytes, kept_since AS keptSince`;

/** Snapshots that are recovery points, and still on the store. Their uploads have ended: they are pending in no way. */
export class KeptSnapshotRecords {
  readonly #database: DatabaseSync;
  readonly #ofMount: Query<KeptSnapshot>;
  readonly #ofPoint: Query<KeptSnapshot>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const query = (rest: string) =>
      prepareQuery(database, `SELECT ${columns} FROM kept_snapshots WHERE ${rest}`, keptSnapshot);
    // In the order of their commits, whatever the clock said.
    this.#ofMount = query('mount_id = ? ORDER BY rowid DESC');
    this.#ofPoint = query('mount_id = ? AND recovery_point_id = ? AND manifest_sha256 = ?');
  }

  /** The newest first. */
  ofMount(mountId: MountId): KeptSnapshot[] {
    return this.#ofMount.all(mountId);
  }

  /** The snapshot whose content is this very point. */
  ofPoint({
    mountId,
    recoveryPointId,
    manifestSha256,
  }: Pick<RestoreRecord, 'manifestSha256' | 'mountId' | 'recoveryPointId'>): KeptSnapshot | undefined {
    return this.#ofPoint.find(mountId, recoveryPointId, manifestSha256);
  }

  /** Again is no error. */
  add(kept: KeptSnapshot): void {
    const { snapshotId, mountId, recoveryPointId, manifestSha256, identity, files, bytes, keptSince } = kept;
    this.#database
      .prepare('INSERT OR REPLACE INTO kept_snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(snapshotId, mountId, recoveryPointId, manifestSha256, identity, files, bytes, keptSince);
  }

  remove(snapshotId: string): void {
    this.#database.prepare('DELETE FROM kept_snapshots WHERE snapshot_id = ?').run(snapshotId);
  }
}

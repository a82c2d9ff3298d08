import type { DatabaseSync, StatementSync } from 'node:sqlite';
import * as z from 'zod';
import { count, instant, mountId as mountIdSchema, resourceName } from '../../shared/contracts/primitives.ts';
import type { MountId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { prepareQuery, type Query } from './query.ts';

const mountRecord = z.object({
  mountId: mountIdSchema,
  name: resourceName,
  state: z.enum(['creating', 'ready']),
  isListed: z.int().transform(Boolean),
  isMarkedForDelete: z.int().transform(Boolean),
  maxPendingSnapshots: count,
  backupStartedAt: instant.nullable(),
});
/** A mount as the gateway knows it, also while the service cannot be reached. */
export type MountRecord = z.output<typeof mountRecord>;

export type ListedMount = Pick<MountRecord, 'isMarkedForDelete' | 'maxPendingSnapshots' | 'mountId' | 'name'>;

const columns = `mount_id AS mountId, name, state, is_listed AS isListed, is_marked_for_delete AS isMarkedForDelete,
  max_pending_snapshots AS maxPendingSnapshots, backup_started_at AS backupStartedAt`;

export class MountRecords {
  readonly #all: Query<MountRecord>;
  readonly #byId: Query<MountRecord>;
  readonly #byName: Query<MountRecord>;
  readonly #unlist: StatementSync;
  readonly #list: StatementSync;
  readonly #ready: StatementSync;
  readonly #raise: StatementSync;
  readonly #startBackup: StatementSync;
  readonly #endBackup: StatementSync;

  constructor(database: DatabaseSync) {
    const query = (rest: string) =>
      prepareQuery(database, `SELECT ${columns} FROM mounts ${rest}`, mountRecord);
    this.#all = query('ORDER BY name');
    this.#byId = query('WHERE mount_id = ?');
    this.#byName = query('WHERE name = ?');
    this.#unlist = database.prepare('UPDATE mounts SET is_listed = 0');
    this.#list = database.prepare(`
      INSERT INTO mounts (mount_id, name, state, is_listed, is_marked_for_delete, max_pending_snapshots)
      VALUES (?, ?, 'creating', 1, ?, ?)
      ON CONFLICT (mount_id)
      DO UPDATE SET is_listed = 1, is_marked_for_delete = excluded.is_marked_for_delete,
        max_pending_snapshots = excluded.max_pending_snapshots`);
    this.#ready = database.prepare(`UPDATE mounts SET state = 'ready' WHERE mount_id = ?`);
    this.#raise = database.prepare(
      'UPDATE mounts SET last_snapshot = max(last_snapshot, ?) WHERE mount_id = ?',
    );
    this.#startBackup = database.prepare(
      'UPDATE mounts SET backup_started_at = ? WHERE mount_id = ? AND backup_started_at IS NULL',
    );
    this.#endBackup = database.prepare('UPDATE mounts SET backup_started_at = NULL WHERE mount_id = ?');
  }

  all(): MountRecord[] {
    return this.#all.all();
  }

  find(mountId: MountId): MountRecord | undefined {
    return this.#byId.find(mountId);
  }

  findByName(name: string): MountRecord | undefined {
    return this.#byName.find(name);
  }

  /** Makes these the mounts that the service lists. Records of others stay: their snapshots are still owed. */
  replaceList(mounts: readonly ListedMount[]): void {
    this.#unlist.run();
    for (const { mountId, name, isMarkedForDelete, maxPendingSnapshots } of mounts) {
      this.#list.run(mountId, name, Number(isMarkedForDelete), maxPendingSnapshots);
    }
  }

  /** Numbers up to this one are in use in the line, whatever this journal remembers. */
  raiseLastSnapshot(mountId: MountId, number: number): void {
    this.#raise.run(number, mountId);
  }

  markReady(mountId: MountId): void {
    this.#ready.run(mountId);
  }

  /** Keeps the first time when it was started before. */
  startBackup(mountId: MountId, at: Instant): void {
    this.#startBackup.run(at, mountId);
  }

  endBackup(mountId: MountId): void {
    this.#endBackup.run(mountId);
  }
}

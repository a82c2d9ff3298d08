import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { mountId as mountIdSchema, ordinal } from '../../shared/contracts/primitives.ts';
import type { MountId } from '../../shared/domain/ids.ts';
import { prepareQuery, type Query } from './query.ts';

const deletionRecord = z.object({
  mountId: mountIdSchema,
  /** Of the mark; the report that it was carried out names it. */
  fence: ordinal,
  /** draining: what is pending is uploaded. withdrawing: the mount is not used any more. withdrawn: all is done. */
  state: z.enum(['draining', 'withdrawing', 'withdrawn']),
  /** What the service is told with `withdrawn`. */
  remark: z.string().nullable(),
});
export type DeletionRecord = z.output<typeof deletionRecord>;

/** Mounts that the service has marked for delete, and how far their deletion is. */
export class DeletionRecords {
  readonly #database: DatabaseSync;
  readonly #all: Query<DeletionRecord>;
  readonly #byMount: Query<DeletionRecord>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const query = (rest: string) =>
      prepareQuery(
        database,
        `SELECT mount_id AS mountId, fence, state, remark FROM deletions ${rest}`,
        deletionRecord,
      );
    this.#all = query('ORDER BY mount_id');
    this.#byMount = query('WHERE mount_id = ?');
  }

  all(): DeletionRecord[] {
    return this.#all.all();
  }

  find(mountId: MountId): DeletionRecord | undefined {
    return this.#byMount.find(mountId);
  }

  /** A later mark goes on where the deletion stands. */
  mark(mountId: MountId, fence: number): void {
    this.#database
      .prepare(
        `INSERT INTO deletions (mount_id, fence, state) VALUES (?, ?, 'draining')
         ON CONFLICT (mount_id) DO UPDATE SET fence = excluded.fence`,
      )
      .run(mountId, fence);
  }

  markWithdrawing(mountId: MountId): void {
    this.#database.prepare(`UPDATE deletions SET state = 'withdrawing' WHERE mount_id = ?`).run(mountId);
  }

  markWithdrawn(mountId: MountId, remark: string | undefined): void {
    this.#database
      .prepare(`UPDATE deletions SET state = 'withdrawn', remark = ? WHERE mount_id = ?`)
      .run(remark ?? null, mountId);
  }

  /** The mark was taken back: a mount that is not in use any more must be made again. */
  unmark({ mountId, state }: DeletionRecord): void {
    if (state !== 'draining')
      this.#database.prepare(`UPDATE mounts SET state = 'creating' WHERE mount_id = ?`).run(mountId);
    this.#database.prepare('DELETE FROM deletions WHERE mount_id = ?').run(mountId);
  }

  /** Forgets all that is known of a mount that is gone: its name may come again, its id will not. */
  forgetMount(mountId: MountId): void {
    const statements = [
      `DELETE FROM stored_objects WHERE upload_id IN (SELECT upload_id FROM snapshots WHERE mount_id = ?)`,
      ...['logs', 'kept_snapshots', 'snapshots', 'restores', 'space_samples', 'deletions', 'mounts'].map(
        (table) => `DELETE FROM ${table} WHERE mount_id = ?`,
      ),
    ];
    for (const sql of statements) this.#database.prepare(sql).run(mountId);
  }
}

import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { instant, mountId as mountIdSchema, sha256 } from '../../shared/contracts/primitives.ts';
import type { MountId } from '../../shared/domain/ids.ts';
import { prepareQuery } from './query.ts';

const logRecord = z.object({
  /** Names the file in the spool. */
  logId: z.ulid(),
  mountId: mountIdSchema,
  sha256,
  fileName: z.string(),
  /** The mount's folder on the host that wrote the log. */
  mountpoint: z.string(),
  platform: z.enum(['linux', 'windows']),
  receivedAt: instant,
});
/** An RMAN log in the spool. */
export type LogRecord = z.output<typeof logRecord>;

const columns = `log_id AS logId, mount_id AS mountId, sha256, file_name AS fileName, mountpoint, platform,
  received_at AS receivedAt`;

export class LogRecords {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  add(log: LogRecord): void {
    const { logId, mountId, sha256, fileName, mountpoint, platform, receivedAt } = log;
    this.#database
      .prepare(
        `INSERT INTO logs (log_id, mount_id, sha256, file_name, mountpoint, platform, received_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(logId, mountId, sha256, fileName, mountpoint, platform, receivedAt);
  }

  /** Logs of the running backup, in the order in which they came. */
  ofRunningBackup(mountId: MountId): LogRecord[] {
    return this.#query('mount_id = ? AND snapshot_id IS NULL', mountId);
  }

  ofSnapshot(snapshotId: string): LogRecord[] {
    return this.#query('snapshot_id = ?', snapshotId);
  }

  all(): LogRecord[] {
    return this.#query('1');
  }

  attachToSnapshot(mountId: MountId, snapshotId: string): void {
    this.#database
      .prepare('UPDATE logs SET snapshot_id = ? WHERE mount_id = ? AND snapshot_id IS NULL')
      .run(snapshotId, mountId);
  }

  /** Gives the logs of a freeze that failed back to the running backup. */
  detachFromSnapshot(snapshotId: string): void {
    this.#database.prepare('UPDATE logs SET snapshot_id = NULL WHERE snapshot_id = ?').run(snapshotId);
  }

  removeOfSnapshot(snapshotId: string): void {
    this.#database.prepare('DELETE FROM logs WHERE snapshot_id = ?').run(snapshotId);
  }

  #query(where: string, ...values: string[]): LogRecord[] {
    const sql = `SELECT ${columns} FROM logs WHERE ${where} ORDER BY log_id`;
    return prepareQuery(this.#database, sql, logRecord).all(...values);
  }
}

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

const lateLogRecord = logRecord.extend({ snapshotId: z.ulid(), uploadId: uploadIdSchema });
/** A log that came after its snapshot, which is a recovery point by now. */
export type LateLogRecord = z.output<typeof lateLogRecord>;

const columns = `log_id AS logId, logs.mount_id AS mountId, sha256, file_name AS fileName, mountpoint, platform,
  received_at AS receivedAt`;

const lateLogs = `logs JOIN snapshots USING (snapshot_id)
  WHERE is_late = 1 AND is_delivered = 0 AND snapshots.state IN ('committed', 'released') AND reason IS NULL`;

const counted = z.object({ number: count });

export class LogRecords {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Adds a log of the running backup, or one that comes late for a snapshot. */
  add(log: LogRecord, lateFor: string | null = null): void {
    const { logId, mountId, sha256, fileName, mountpoint, platform, receivedAt } = log;
    this.#database
      .prepare(
        `INSERT INTO logs
           (log_id, mount_id, sha256, file_name, mountpoint, platform, received_at, snapshot_id, is_late)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        ...[logId, mountId, sha256, fileName, mountpoint, platform, receivedAt, lateFor],
        Number(lateFor !== null),
      );
  }

  /** Logs of the running backup, in the order in which they came. */
  ofRunningBackup(mountId: MountId): LogRecord[] {
    return this.#query('mount_id = ? AND snapshot_id IS NULL', mountId);
  }

  /** With those that came late, and those that the vault has. */
  ofSnapshot(snapshotId: string): LogRecord[] {
    return this.#query('snapshot_id = ?', snapshotId);
  }

  /** How many logs of the snapshot stand in no manifest, or in none yet. */
  countLate(snapshotId: string): number {
    const sql = 'SELECT count(*) AS number FROM logs WHERE snapshot_id = ? AND is_late = 1';
    return this.#count(sql, snapshotId);
  }

  /** Whose content must be in the spool. */
  allSpooled(): LogRecord[] {
    return this.#query('is_delivered = 0');
  }

  /** Late logs that the service can take now, for their snapshots are recovery points. */
  allLate(): LateLogRecord[] {
    const sql = `SELECT ${columns}, logs.snapshot_id AS snapshotId, upload_id AS uploadId FROM ${lateLogs} ORDER BY log_id`;
    return prepareQuery(this.#database, sql, lateLogRecord).all();
  }

  countUndelivered(): number {
    return this.#count(`SELECT count(*) AS number FROM ${lateLogs}`);
  }

  /** For an upload that begins: what came after the snapshot so far is not late then. */
  takeForManifest(snapshotId: string): void {
    this.#database
      .prepare('UPDATE logs SET is_late = 0 WHERE snapshot_id = ? AND is_delivered = 0')
      .run(snapshotId);
  }

  /** The logs that stand in the manifest of the snapshot, once there is one. */
  inManifest(snapshotId: string): LogRecord[] {
    return this.#query('snapshot_id = ? AND is_late = 0', snapshotId);
  }

  markDelivered(logId: string): void {
    this.#database.prepare('UPDATE logs SET is_delivered = 1 WHERE log_id = ?').run(logId);
  }

  /** When another backup begins, no log can come for the snapshots before. */
  forgetDelivered(mountId: MountId): void {
    this.#database.prepare('DELETE FROM logs WHERE mount_id = ? AND is_delivered = 1').run(mountId);
  }

  remove(logId: string): void {
    this.#database.prepare('DELETE FROM logs WHERE log_id = ?').run(logId);
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

  #count(sql: string, ...values: string[]): number {
    return prepareQuery(this.#database, sql, counted).find(...values)?.number ?? 0;
  }
}

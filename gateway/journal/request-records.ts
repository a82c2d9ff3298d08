import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { makeBackupCommand } from '../../shared/contracts/backup-commands.ts';
import {
  instant,
  mountId as mountIdSchema,
  ordinal,
  requestId as requestIdSchema,
} from '../../shared/contracts/primitives.ts';
import type { MountId, RequestId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { prepareQuery, type Query } from './query.ts';

/** queued → running (the hook) → uploading (the snapshot is frozen) → committed, or failed with code and reason. */
const requestState = z.enum(['queued', 'running', 'uploading', 'committed', 'failed']);

const requestRecord = z.object({
  requestId: requestIdSchema,
  mountId: mountIdSchema,
  fence: ordinal,
  state: requestState,
  /** What was ordered first; a later hand-over only has another fence. */
  order: z
    .string()
    .transform((text) => JSON.parse(text))
    .pipe(makeBackupCommand),
  /** Leader of the hook's process group, and when it started, by the kernel. */
  pid: z.int().nullable(),
  pidStart: z.string().nullable(),
  startedAt: instant.nullable(),
  snapshotId: z.string().nullable(),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  isReported: z.int().transform(Boolean),
});
export type RequestRecord = z.output<typeof requestRecord>;
export type MakeBackupCommand = z.output<typeof makeBackupCommand>;

const columns = `request_id AS requestId, mount_id AS mountId, fence, state, command AS "order", pid,
  pid_start AS pidStart, started_at AS startedAt, snapshot_id AS snapshotId, code, reason, is_reported AS isReported`;

export class RequestRecords {
  readonly #database: DatabaseSync;
  readonly #byId: Query<RequestRecord>;
  readonly #unreported: Query<RequestRecord>;
  readonly #running: Query<RequestRecord>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const query = (where: string) =>
      prepareQuery(database, `SELECT ${columns} FROM requests WHERE ${where}`, requestRecord);
    this.#byId = query('request_id = ?');
    this.#unreported = query('is_reported = 0 ORDER BY request_id');
    this.#running = query(`state = 'running'`);
  }

  find(requestId: RequestId): RequestRecord | undefined {
    return this.#byId.find(requestId);
  }

  /** Requests whose end the service was not told yet. */
  allUnreported(): RequestRecord[] {
    return this.#unreported.all();
  }

  /** Whose hook runs, or ran when the last process ended. */
  allRunning(): RequestRecord[] {
    return this.#running.all();
  }

  /** A newer fence goes on with what is under way. */
  order(order: MakeBackupCommand): void {
    const { requestId, mountId, fence } = order;
    this.#run(
      `INSERT INTO requests (request_id, mount_id, fence, state, command) VALUES (?, ?, ?, 'queued', ?)
       ON CONFLICT (request_id) DO UPDATE SET fence = excluded.fence, is_reported = 0`,
      [requestId, mountId, fence, JSON.stringify(order)],
    );
  }

  markRunning(requestId: RequestId, at: Instant): void {
    this.#run(`UPDATE requests SET state = 'running', started_at = ? WHERE request_id = ?`, [at, requestId]);
  }

  noteProcess(requestId: RequestId, pid: number, pidStart: string): void {
    this.#run('UPDATE requests SET pid = ?, pid_start = ? WHERE request_id = ?', [pid, pidStart, requestId]);
  }

  markUploading(requestId: RequestId, snapshotId: string): void {
    this.#run(`UPDATE requests SET state = 'uploading', snapshot_id = ? WHERE request_id = ?`, [
      snapshotId,
      requestId,
    ]);
  }

  markCommitted(requestId: RequestId): void {
    this.#run(`UPDATE requests SET state = 'committed' WHERE request_id = ?`, [requestId]);
  }

  markFailed(requestId: RequestId, { code, reason }: { code: string; reason: string }): void {
    this.#run(`UPDATE requests SET state = 'failed', code = ?, reason = ? WHERE request_id = ?`, [
      code,
      reason,
      requestId,
    ]);
  }

  markReported(requestId: RequestId): void {
    this.#run('UPDATE requests SET is_reported = 1 WHERE request_id = ?', [requestId]);
  }

  /** The service knows them all: only their snapshots' names matter, and those have records of their own. */
  forgetReported(mountId: MountId): void {
    this.#run(
      `DELETE FROM requests WHERE is_reported = 1 AND mount_id = ?
         AND NOT EXISTS (SELECT 1 FROM snapshots WHERE snapshots.request_id = requests.request_id
           AND snapshots.state IN ('freezing', 'frozen', 'uploading', 'committed'))`,
      [mountId],
    );
  }

  #run(sql: string, values: (number | string)[]): void {
    this.#database.prepare(sql).run(...values);
  }
}

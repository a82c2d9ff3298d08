import type { SQLOutputValue } from 'node:sqlite';
import type { ServiceDatabase } from '../endpoint/service-database.ts';

export interface MoveTask {
  readonly handle: string;
  readonly sourceArn: string;
  /** Absent: each message goes back to where it came from. */
  readonly destinationArn?: string;
  readonly messagesPerSecond?: number;
  readonly status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  readonly failure?: string;
  /** Messages at the start. */
  readonly toMove: number;
  readonly moved: number;
  readonly startedAt: number;
}

/** The tasks that move messages out of dead-letter queues. */
export class MoveTaskStore {
  readonly #sql: ServiceDatabase['sql'];

  constructor(database: ServiceDatabase) {
    this.#sql = database.sql;
  }

  put(task: MoveTask): void {
    this.#sql
      .prepare(
        `INSERT OR REPLACE INTO move_tasks(
           handle, source_arn, destination_arn, messages_per_second, status, failure, to_move, moved, started_at
         ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        task.handle,
        task.sourceArn,
        task.destinationArn ?? null,
        task.messagesPerSecond ?? null,
        task.status,
        task.failure ?? null,
        task.toMove,
        task.moved,
        task.startedAt,
      );
  }

  find(handle: string): MoveTask | undefined {
    const row = this.#sql.prepare('SELECT * FROM move_tasks WHERE handle = ?').get(handle);
    return row === undefined ? undefined : readRow(row);
  }

  running(): readonly MoveTask[] {
    return this.#sql.prepare("SELECT * FROM move_tasks WHERE status = 'RUNNING'").all().map(readRow);
  }

  /** Newest first. */
  ofSource(sourceArn: string, limit: number): readonly MoveTask[] {
    return this.#sql
      .prepare('SELECT * FROM move_tasks WHERE source_arn = ? ORDER BY started_at DESC, rowid DESC LIMIT ?')
      .all(sourceArn, limit)
      .map(readRow);
  }
}

const readRow = (row: Record<string, SQLOutputValue>): MoveTask => ({
  handle: String(row.handle),
  sourceArn: String(row.source_arn),
  status: String(row.status) as MoveTask['status'],
  toMove: Number(row.to_move),
  moved: Number(row.moved),
  startedAt: Number(row.started_at),
  ...(row.destination_arn !== null && { destinationArn: String(row.destination_arn) }),
  ...(row.messages_per_second !== null && { messagesPerSecond: Number(row.messages_per_second) }),
  ...(row.failure !== null && { failure: String(row.failure) }),
});

import type { Outcome } from '../interpreter/turn.ts';
import type { Execution, ExecutionRecord, ExecutionStatus, NewExecution, StoredEvent } from '../records.ts';
import type { Statements } from './database.ts';

const COLUMNS = `id, arn, name, machine_arn AS machineArn, machine_name AS machineName, role_arn AS roleArn,
  definition_hash AS definitionHash, status, input, output, error, cause, started_at AS startedAt,
  stopped_at AS stoppedAt, times_out_at AS timesOutAt, event_count AS eventCount, map_run_arn AS mapRunArn,
  item_count AS itemCount, revision_id AS revisionId, machine_updated_at AS machineUpdatedAt`;

export interface ExecutionQuery {
  readonly of: 'machine_arn' | 'map_run_arn';
  readonly arn: string;
  readonly status: ExecutionStatus | 'PENDING_REDRIVE' | undefined;
  readonly beforeId: number;
  readonly limit: number;
}

/** Executions and their histories. */
export class ExecutionStore {
  readonly #sql: Statements;

  constructor(statements: Statements) {
    this.#sql = statements;
  }

  insert(execution: NewExecution): number {
    return this.#sql.run(
      `INSERT INTO executions (arn, name, machine_arn, machine_name, role_arn, definition_hash, status, input,
         started_at, times_out_at, event_count, map_run_arn, position, item_count, revision_id, machine_updated_at)
       VALUES (?, ?, ?, ?, ?, ?, 'RUNNING', ?, ?, ?, 0, ?, ?, ?, ?, ?)`,
      execution.arn,
      execution.name,
      execution.machineArn,
      execution.machineName,
      execution.roleArn,
      execution.definitionHash,
      execution.input,
      execution.startedAt,
      execution.timesOutAt,
      execution.mapRunArn,
      execution.position,
      execution.itemCount,
      execution.revisionId,
      execution.machineUpdatedAt,
    );
  }

  get(id: number): ExecutionRecord | undefined {
    return this.#one('WHERE id = ?', id);
  }

  find(arn: string): ExecutionRecord | undefined {
    return this.#one('WHERE arn = ?', arn);
  }

  addEvents(executionId: number, events: readonly StoredEvent[]): void {
    for (const { id, previousId, at, type, details } of events) {
      this.#sql.run(
        'INSERT INTO events (execution_id, id, previous_id, at, type, details) VALUES (?, ?, ?, ?, ?, ?)',
        executionId,
        id,
        previousId,
        at,
        type,
        JSON.stringify(details),
      );
    }
    const last = events.at(-1);
    if (last !== undefined) {
      this.#sql.run('UPDATE executions SET event_count = ? WHERE id = ?', last.id, executionId);
    }
  }

  end(executionId: number, outcome: Outcome, stoppedAt: number): void {
    const isFailure = outcome.status === 'FAILED' || outcome.status === 'ABORTED';
    this.#sql.run(
      'UPDATE executions SET status = ?, output = ?, error = ?, cause = ?, stopped_at = ? WHERE id = ?',
      outcome.status,
      outcome.status === 'SUCCEEDED' ? JSON.stringify(outcome.output) : null,
      isFailure ? (outcome.error ?? null) : null,
      isFailure ? (outcome.cause ?? null) : null,
      stoppedAt,
      executionId,
    );
  }

  /** Newest first. */
  list(query: ExecutionQuery): ExecutionRecord[] {
    const status = query.status ?? null;
    return this.#sql.rows(
      `SELECT ${COLUMNS} FROM executions
       WHERE ${query.of} = ? AND id < ? AND (? IS NULL OR status = ?) ORDER BY id DESC LIMIT ?`,
      query.arn,
      query.beforeId,
      status,
      status,
      query.limit,
    ) as unknown as ExecutionRecord[];
  }

  /** Children of a Map run in the order of their starts, which is that of their items. */
  listChildren(mapRunArn: string, afterId: number, limit: number): ExecutionRecord[] {
    return this.#sql.rows(
      `SELECT ${COLUMNS} FROM executions WHERE map_run_arn = ? AND id > ? ORDER BY id LIMIT ?`,
      mapRunArn,
      afterId,
      limit,
    ) as unknown as ExecutionRecord[];
  }

  listRunning(): Execution[] {
    return this.#sql.rows(
      `SELECT ${COLUMNS} FROM executions WHERE status = 'RUNNING' ORDER BY id`,
    ) as unknown as Execution[];
  }

  /** Events with ids from `from` to `to`, both included, in the order asked for. */
  listEvents(executionId: number, span: { from: number; to: number; isReverse: boolean }): StoredEvent[] {
    const rows = this.#sql.rows(
      `SELECT id, previous_id AS previousId, at, type, details FROM events
       WHERE execution_id = ? AND id BETWEEN ? AND ? ORDER BY id ${span.isReverse ? 'DESC' : 'ASC'}`,
      executionId,
      span.from,
      span.to,
    );
    return rows.map(
      (row) => ({ ...row, details: JSON.parse(String(row.details)) }) as unknown as StoredEvent,
    );
  }

  #one(condition: string, value: string | number): ExecutionRecord | undefined {
    const row = this.#sql.row(`SELECT ${COLUMNS} FROM executions ${condition}`, value);
    return row as unknown as ExecutionRecord | undefined;
  }
}

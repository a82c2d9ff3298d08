import type { SQLInputValue } from 'node:sqlite';
import { findDue, RUNNABLE_PHASES, type Thread } from '../records.ts';
import type { Statements } from './database.ts';

const RUNNABLE = RUNNABLE_PHASES.map((phase) => `'${phase}'`).join(', ');

/** The threads of running executions: what a restart goes on from. */
export class ThreadStore {
  readonly #sql: Statements;

  constructor(statements: Statements) {
    this.#sql = statements;
  }

  put(executionId: number, thread: Thread): void {
    this.#sql.run(
      `INSERT INTO threads (execution_id, id, parent, position, phase, due_at, awaits, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (execution_id, id) DO UPDATE
       SET phase = excluded.phase, due_at = excluded.due_at, awaits = excluded.awaits, body = excluded.body`,
      executionId,
      thread.id,
      thread.parent,
      thread.position,
      thread.phase.kind,
      findDue(thread.phase),
      thread.phase.kind === 'task' ? (thread.phase.awaits ?? null) : null,
      JSON.stringify(thread),
    );
  }

  removeBelow(executionId: number, id: string): void {
    // '0' is the character after '/': the range holds exactly the ids that start with `{id}/`.
    this.#sql.run(
      'DELETE FROM threads WHERE execution_id = ? AND id > ? AND id < ?',
      executionId,
      `${id}/`,
      `${id}0`,
    );
  }

  removeAll(executionId: number): void {
    this.#sql.run('DELETE FROM threads WHERE execution_id = ?', executionId);
  }

  get(executionId: number, id: string): Thread | undefined {
    return this.#select('WHERE execution_id = ? AND id = ?', executionId, id)[0];
  }

  nextRunnable(executionId: number): Thread | undefined {
    return this.#select(`WHERE execution_id = ? AND phase IN (${RUNNABLE}) LIMIT 1`, executionId)[0];
  }

  inPhase(executionId: number, phase: Thread['phase']['kind']): Thread[] {
    return this.#select('WHERE execution_id = ? AND phase = ?', executionId, phase);
  }

  nextDue(executionId: number, now: number): Thread | undefined {
    return this.#select(
      'WHERE execution_id = ? AND due_at <= ? ORDER BY due_at LIMIT 1',
      executionId,
      now,
    )[0];
  }

  /** Tasks that wait for the end of a nested execution. */
  awaiting(executionArn: string): { executionId: number; threadId: string }[] {
    const sql = 'SELECT execution_id AS executionId, id AS threadId FROM threads WHERE awaits = ?';
    return this.#sql.rows(sql, executionArn) as unknown as { executionId: number; threadId: string }[];
  }

  /** In the order of their positions. */
  children(executionId: number, parent: string): Thread[] {
    return this.#select('WHERE execution_id = ? AND parent = ? ORDER BY position', executionId, parent);
  }

  firstPendingChild(executionId: number, parent: string): Thread | undefined {
    return this.#select(
      "WHERE execution_id = ? AND parent = ? AND phase = 'pending' ORDER BY position LIMIT 1",
      executionId,
      parent,
    )[0];
  }

  countUnfinishedChildren(executionId: number, parent: string): number {
    const sql =
      "SELECT count(*) AS count FROM threads WHERE execution_id = ? AND parent = ? AND phase <> 'done'";
    return Number(this.#sql.row(sql, executionId, parent)?.count);
  }

  #select(condition: string, ...values: SQLInputValue[]): Thread[] {
    const rows = this.#sql.rows(`SELECT body FROM threads ${condition}`, ...values);
    return rows.map((row) => JSON.parse(String(row.body)) as Thread);
  }
}

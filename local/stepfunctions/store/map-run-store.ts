import { parseStored } from '../json.ts';
import type { ChildInput, MapRun, Tally } from '../records.ts';
import type { Statements } from './database.ts';

/** Map runs of distributed Maps, the inputs that still wait, and what became of the children. */
export class MapRunStore {
  readonly #sql: Statements;

  constructor(statements: Statements) {
    this.#sql = statements;
  }

  put(mapRun: MapRun): void {
    this.#sql.run(
      `INSERT INTO map_runs (arn, execution_id, status, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (arn) DO UPDATE SET status = excluded.status, body = excluded.body`,
      mapRun.arn,
      mapRun.executionId,
      mapRun.status,
      JSON.stringify(mapRun),
    );
    if (mapRun.status !== 'RUNNING') {
      this.#sql.run('DELETE FROM map_run_inputs WHERE map_run_arn = ?', mapRun.arn);
    }
  }

  find(arn: string): MapRun | undefined {
    const row = this.#sql.row('SELECT body FROM map_runs WHERE arn = ?', arn);
    return row === undefined ? undefined : readMapRun(String(row.body));
  }

  get(arn: string): MapRun {
    const mapRun = this.find(arn);
    if (mapRun === undefined) {
      throw new Error(`The Map run ${arn} is not in the store`);
    }
    return mapRun;
  }

  /** In the order of their starts. */
  list(executionId: number): MapRun[] {
    const sql = 'SELECT body FROM map_runs WHERE execution_id = ? ORDER BY rowid';
    return this.#sql.rows(sql, executionId).map((row) => readMapRun(String(row.body)));
  }

  addInputs(mapRunArn: string, inputs: readonly ChildInput[]): void {
    for (const [position, { input, itemCount }] of inputs.entries()) {
      this.#sql.run(
        'INSERT INTO map_run_inputs (map_run_arn, position, input, item_count) VALUES (?, ?, ?, ?)',
        mapRunArn,
        position,
        JSON.stringify(input),
        itemCount,
      );
    }
  }

  inputs(mapRunArn: string, from: number, limit: number): ChildInput[] {
    const rows = this.#sql.rows(
      `SELECT input, item_count FROM map_run_inputs
       WHERE map_run_arn = ? AND position >= ? ORDER BY position LIMIT ?`,
      mapRunArn,
      from,
      limit,
    );
    return rows.map((row) => ({ input: parseStored(String(row.input)), itemCount: Number(row.item_count) }));
  }

  runningChildren(mapRunArn: string): number[] {
    const sql = "SELECT id FROM executions WHERE map_run_arn = ? AND status = 'RUNNING' ORDER BY id";
    return this.#sql.rows(sql, mapRunArn).map((row) => Number(row.id));
  }

  tally(mapRunArn: string): Tally {
    const nothing = () => ({ executions: 0, items: 0 });
    const tally = {
      RUNNING: nothing(),
      SUCCEEDED: nothing(),
      FAILED: nothing(),
      TIMED_OUT: nothing(),
      ABORTED: nothing(),
    };
    const rows = this.#sql.rows(
      `SELECT status, count(*) AS executions, sum(item_count) AS items FROM executions
       WHERE map_run_arn = ? GROUP BY status`,
      mapRunArn,
    );
    for (const { status, executions, items } of rows) {
      tally[status as keyof Tally] = { executions: Number(executions), items: Number(items) };
    }
    return tally;
  }
}

/** Runs that an earlier release stored had no stage: they were always running. */
function readMapRun(body: string): MapRun {
  const stored = JSON.parse(body) as Omit<MapRun, 'stage'> & Partial<MapRun>;
  return { ...stored, stage: stored.stage ?? 'running' };
}

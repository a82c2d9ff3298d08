/**
 * The schema, step by step: a store of an earlier release is brought up to date when it is opened. A step
 * that was released is never changed; `user_version` counts the steps that were taken.
 */
export const SCHEMA_STEPS: readonly string[] = [
  // IF NOT EXISTS: stores of the first release did not count their steps.
  `
  CREATE TABLE IF NOT EXISTS definitions (
    hash TEXT PRIMARY KEY,
    text TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS machines (
    arn TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    definition_hash TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS executions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    arn TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    machine_arn TEXT NOT NULL,
    machine_name TEXT NOT NULL,
    role_arn TEXT NOT NULL,
    definition_hash TEXT NOT NULL,
    status TEXT NOT NULL,
    input TEXT NOT NULL,
    output TEXT,
    error TEXT,
    cause TEXT,
    started_at INTEGER NOT NULL,
    stopped_at INTEGER,
    times_out_at INTEGER NOT NULL,
    event_count INTEGER NOT NULL,
    map_run_arn TEXT,
    position INTEGER,
    item_count INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS executions_of_machine ON executions (machine_arn, id);
  CREATE INDEX IF NOT EXISTS executions_of_map_run ON executions (map_run_arn, id) WHERE map_run_arn IS NOT NULL;
  CREATE INDEX IF NOT EXISTS executions_running ON executions (times_out_at) WHERE status = 'RUNNING';
  CREATE TABLE IF NOT EXISTS events (
    execution_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    previous_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (execution_id, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS threads (
    execution_id INTEGER NOT NULL,
    id TEXT NOT NULL,
    parent TEXT,
    position INTEGER NOT NULL,
    phase TEXT NOT NULL,
    due_at INTEGER,
    body TEXT NOT NULL,
    PRIMARY KEY (execution_id, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS threads_of_parent ON threads (execution_id, parent, position);
  CREATE INDEX IF NOT EXISTS threads_by_phase ON threads (execution_id, phase);
  CREATE INDEX IF NOT EXISTS threads_due ON threads (due_at) WHERE due_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS map_runs (
    arn TEXT PRIMARY KEY,
    execution_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS map_runs_of_execution ON map_runs (execution_id);
  CREATE TABLE IF NOT EXISTS map_run_inputs (
    map_run_arn TEXT NOT NULL,
    position INTEGER NOT NULL,
    input TEXT NOT NULL,
    item_count INTEGER NOT NULL,
    PRIMARY KEY (map_run_arn, position)
  ) STRICT, WITHOUT ROWID;
  `,
  // Machines made, changed and deleted through the API; nested executions; events of status changes.
  `
  ALTER TABLE machines ADD COLUMN status TEXT NOT NULL DEFAULT 'ACTIVE';
  ALTER TABLE machines ADD COLUMN revision_id TEXT;
  ALTER TABLE machines ADD COLUMN updated_at INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE machines ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE machines ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';
  UPDATE machines SET updated_at = created_at;
  ALTER TABLE executions ADD COLUMN revision_id TEXT;
  ALTER TABLE executions ADD COLUMN machine_updated_at INTEGER NOT NULL DEFAULT 0;
  UPDATE executions SET machine_updated_at = started_at;
  ALTER TABLE threads ADD COLUMN awaits TEXT;
  CREATE INDEX threads_that_await ON threads (awaits) WHERE awaits IS NOT NULL;
  CREATE TABLE status_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    envelope TEXT NOT NULL
  ) STRICT;
  `,
];

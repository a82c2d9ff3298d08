import { createHash } from 'node:crypto';
import type { JsonObject } from '../json.ts';
import type { Row, Statements } from './database.ts';

export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly definitionHash: string;
  readonly roleArn: string;
  readonly createdAt: number;
  /** DELETING: was deleted, and executions of it still run. */
  readonly status: 'ACTIVE' | 'DELETING';
  /** Null until the first update. */
  readonly revisionId: string | null;
  readonly updatedAt: number;
  /** What was asked for of logs and traces: shown, without effect. */
  readonly settings: MachineSettings;
  readonly tags: { readonly [key: string]: string };
}

export interface MachineSettings {
  readonly loggingConfiguration?: JsonObject;
  readonly tracingConfiguration?: JsonObject;
}

const COLUMNS = `arn, name, definition_hash AS definitionHash, role_arn AS roleArn, created_at AS createdAt, status,
  revision_id AS revisionId, updated_at AS updatedAt, settings, tags`;

/** State machines, and their definitions by hash: a running execution keeps the one it was started with. */
export class MachineStore {
  readonly #sql: Statements;

  constructor(statements: Statements) {
    this.#sql = statements;
  }

  put(machine: Machine): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO machines (arn, name, definition_hash, role_arn, created_at, status, revision_id,
         updated_at, settings, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      machine.arn,
      machine.name,
      machine.definitionHash,
      machine.roleArn,
      machine.createdAt,
      machine.status,
      machine.revisionId,
      machine.updatedAt,
      JSON.stringify(machine.settings),
      JSON.stringify(machine.tags),
    );
  }

  find(arn: string): Machine | undefined {
    const row = this.#sql.row(`SELECT ${COLUMNS} FROM machines WHERE arn = ?`, arn);
    return row === undefined ? undefined : readMachine(row);
  }

  /** In the order of their names, after the given one. */
  list(afterName: string, limit: number): Machine[] {
    return this.#sql
      .rows(`SELECT ${COLUMNS} FROM machines WHERE name > ? ORDER BY name LIMIT ?`, afterName, limit)
      .map(readMachine);
  }

  /** DELETING, or gone at once when no execution of it runs. */
  markDeleted(arn: string): void {
    this.#sql.run("UPDATE machines SET status = 'DELETING' WHERE arn = ?", arn);
    this.removeIfIdle(arn);
  }

  /** Removes a machine that is DELETING and whose last execution has ended. */
  removeIfIdle(arn: string): void {
    this.#sql.run(
      `DELETE FROM machines WHERE arn = ? AND status = 'DELETING'
       AND NOT EXISTS (SELECT 1 FROM executions WHERE machine_arn = machines.arn AND status = 'RUNNING')`,
      arn,
    );
  }

  /** Keeps a definition and returns its hash. */
  keepDefinition(definition: string): string {
    const hash = createHash('sha256').update(definition).digest('hex');
    this.#sql.run('INSERT OR IGNORE INTO definitions (hash, text) VALUES (?, ?)', hash, definition);
    return hash;
  }

  definition(hash: string): string {
    const row = this.#sql.row('SELECT text FROM definitions WHERE hash = ?', hash);
    if (typeof row?.text !== 'string') {
      throw new Error(`The definition ${hash} is not in the store`);
    }
    return row.text;
  }
}

function readMachine(row: Row): Machine {
  const settings = JSON.parse(String(row.settings)) as MachineSettings;
  const tags = JSON.parse(String(row.tags)) as Record<string, string>;
  return { ...(row as unknown as Machine), settings, tags };
}

import { createHash } from 'node:crypto';
import type { Statements } from './database.ts';

export interface Machine {
  readonly arn: string;
  readonly name: string;
  readonly definitionHash: string;
  readonly roleArn: string;
  readonly createdAt: number;
}

const COLUMNS = 'arn, name, definition_hash AS definitionHash, role_arn AS roleArn, created_at AS createdAt';

/** State machines, and their definitions by hash: a running execution keeps the one it was started with. */
export class MachineStore {
  readonly #sql: Statements;

  constructor(statements: Statements) {
    this.#sql = statements;
  }

  put(machine: Omit<Machine, 'definitionHash'>, definition: string): void {
    const hash = createHash('sha256').update(definition).digest('hex');
    this.#sql.run('INSERT OR IGNORE INTO definitions (hash, text) VALUES (?, ?)', hash, definition);
    this.#sql.run(
      `INSERT INTO machines (arn, name, definition_hash, role_arn, created_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (arn) DO UPDATE SET definition_hash = excluded.definition_hash, role_arn = excluded.role_arn`,
      machine.arn,
      machine.name,
      hash,
      machine.roleArn,
      machine.createdAt,
    );
  }

  find(arn: string): Machine | undefined {
    return this.#sql.row(`SELECT ${COLUMNS} FROM machines WHERE arn = ?`, arn) as Machine | undefined;
  }

  /** In the order of their names, after the given one. */
  list(afterName: string, limit: number): Machine[] {
    return this.#sql.rows(
      `SELECT ${COLUMNS} FROM machines WHERE name > ? ORDER BY name LIMIT ?`,
      afterName,
      limit,
    ) as unknown as Machine[];
  }

  definition(hash: string): string {
    const row = this.#sql.row('SELECT text FROM definitions WHERE hash = ?', hash);
    if (typeof row?.text !== 'string') {
      throw new Error(`The definition ${hash} is not in the store`);
    }
    return row.text;
  }
}

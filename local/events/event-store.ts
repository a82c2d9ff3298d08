import { DELIVERIES_SCHEMA } from '../delivery/delivery-store.ts';
import { ServiceDatabase } from '../endpoint/service-database.ts';
import type { RuleConfig, StoredSchedule } from './configuration.ts';

/** When something fires next. */
export interface StoredTimer {
  readonly key: string;
  /** What the times are made of: when it changes, the timer starts anew. */
  readonly definition: string;
  readonly anchorMs: number;
  /** Absent when it will never fire again. */
  readonly nextMs?: number;
}

/** Who made a rule or schedule: those of the template are replaced at each start. */
export type Owner = 'template' | 'api';

export interface StoredBus {
  readonly name: string;
  readonly description?: string;
  readonly createdAt: number;
}

const SCHEMA = `
  ${DELIVERIES_SCHEMA}
  CREATE TABLE timers (
    key TEXT PRIMARY KEY, definition TEXT NOT NULL, anchor_at INTEGER NOT NULL, next_at INTEGER
  ) STRICT;
  CREATE TABLE buses (name TEXT PRIMARY KEY, owner TEXT NOT NULL, description TEXT, created_at INTEGER NOT NULL) STRICT;
  CREATE TABLE rules (
    bus TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL, config TEXT NOT NULL, PRIMARY KEY (bus, name)
  ) STRICT;
  CREATE TABLE schedules (name TEXT PRIMARY KEY, owner TEXT NOT NULL, config TEXT NOT NULL) STRICT;
`;

/** Buses, rules and schedules, when they fire next, and what was accepted and not delivered yet. */
export class EventStore {
  readonly database: ServiceDatabase;

  constructor(directory: string) {
    this.database = new ServiceDatabase({ directory, name: 'events', schema: SCHEMA, version: 2 });
  }

  /** Runs writes that belong together: all are stored, or none. */
  transaction<Result>(write: () => Result): Result {
    return this.database.transaction(write);
  }

  buses(): readonly StoredBus[] {
    return this.database.sql
      .prepare('SELECT * FROM buses ORDER BY name')
      .all()
      .map((row) => ({
        name: String(row.name),
        createdAt: Number(row.created_at),
        ...(row.description !== null && { description: String(row.description) }),
      }));
  }

  putBus({ name, description, createdAt }: StoredBus, owner: Owner): void {
    this.database.sql
      .prepare('INSERT OR REPLACE INTO buses(name, owner, description, created_at) VALUES (?, ?, ?, ?)')
      .run(name, owner, description ?? null, createdAt);
  }

  removeBus(name: string): void {
    this.database.sql.prepare('DELETE FROM buses WHERE name = ?').run(name);
  }

  /** By bus and name. */
  rules(): readonly RuleConfig[] {
    return this.database.sql
      .prepare('SELECT config FROM rules ORDER BY bus, name')
      .all()
      .map((row) => JSON.parse(String(row.config)) as RuleConfig);
  }

  putRule(rule: RuleConfig, owner: Owner): void {
    this.database.sql
      .prepare(
        `INSERT INTO rules(bus, name, owner, config) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET config = excluded.config,
           owner = CASE excluded.owner WHEN 'template' THEN 'template' ELSE owner END`,
      )
      .run(rule.busName, rule.name, owner, JSON.stringify(rule));
  }

  removeRule({ busName, name }: RuleConfig): void {
    this.database.sql.prepare('DELETE FROM rules WHERE bus = ? AND name = ?').run(busName, name);
  }

  /** By name. */
  schedules(): readonly StoredSchedule[] {
    return this.database.sql
      .prepare('SELECT config FROM schedules ORDER BY name')
      .all()
      .map((row) => JSON.parse(String(row.config)) as StoredSchedule);
  }

  findSchedule(name: string): StoredSchedule | undefined {
    const row = this.database.sql.prepare('SELECT config FROM schedules WHERE name = ?').get(name);
    return row === undefined ? undefined : (JSON.parse(String(row.config)) as StoredSchedule);
  }

  putSchedule(schedule: StoredSchedule, owner: Owner): void {
    this.database.sql
      .prepare(
        `INSERT INTO schedules(name, owner, config) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET config = excluded.config,
           owner = CASE excluded.owner WHEN 'template' THEN 'template' ELSE owner END`,
      )
      .run(schedule.name, owner, JSON.stringify(schedule));
  }

  removeSchedule(name: string): void {
    this.database.sql.prepare('DELETE FROM schedules WHERE name = ?').run(name);
  }

  /** What the template of an earlier start made. */
  removeAllOfTemplate(): void {
    this.database.sql.exec(
      "DELETE FROM buses WHERE owner = 'template'; DELETE FROM rules WHERE owner = 'template'; " +
        "DELETE FROM schedules WHERE owner = 'template'",
    );
  }

  timers(): readonly StoredTimer[] {
    return this.database.sql
      .prepare('SELECT * FROM timers')
      .all()
      .map((row) => ({
        key: String(row.key),
        definition: String(row.definition),
        anchorMs: Number(row.anchor_at),
        ...(row.next_at !== null && { nextMs: Number(row.next_at) }),
      }));
  }

  putTimer({ key, definition, anchorMs, nextMs }: StoredTimer): void {
    this.database.sql
      .prepare('INSERT OR REPLACE INTO timers(key, definition, anchor_at, next_at) VALUES (?, ?, ?, ?)')
      .run(key, definition, anchorMs, nextMs ?? null);
  }

  removeTimer(key: string): void {
    this.database.sql.prepare('DELETE FROM timers WHERE key = ?').run(key);
  }

  close(): void {
    this.database.close();
  }
}

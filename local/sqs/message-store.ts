import { randomUUID } from 'node:crypto';
import type { SQLOutputValue } from 'node:sqlite';
import type { ServiceDatabase } from '../endpoint/service-database.ts';
import type { MessageAttributes } from './message-attributes.ts';
import type { Queue } from './queue-registry.ts';

/** What a sender gives. */
export interface NewMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** AWSTraceHeader and MessageGroupId, where they were given, and SenderId. */
  readonly system: Readonly<Record<string, string>>;
}

export interface StoredMessage extends NewMessage {
  readonly seq: number;
  readonly queueName: string;
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly receiveCount: number;
  readonly firstReceivedAt?: number;
  /** Of the last receive. */
  readonly receivedAt?: number;
  readonly receipt?: string;
  /** The queue that the message was moved from, in a dead-letter queue. */
  readonly sourceArn?: string;
}

export interface MessageCounts {
  readonly visible: number;
  readonly notVisible: number;
  readonly delayed: number;
}

/** Messages of all queues. A message is visible from `visible_at` on; its receipt is that of the last receive. */
export class MessageStore {
  readonly #sql: ServiceDatabase['sql'];

  constructor(database: ServiceDatabase) {
    this.#sql = database.sql;
  }

  /** A message that is there already, by its id, is not stored again. */
  add(queueName: string, message: NewMessage, sentAt: number, visibleAt: number): void {
    this.#sql
      .prepare(
        `INSERT OR IGNORE INTO messages(id, queue, body, attributes, system, sent_at, visible_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        message.id,
        queueName,
        message.body,
        JSON.stringify(message.attributes),
        JSON.stringify(message.system),
        sentAt,
        visibleAt,
      );
  }

  /** Those first that are visible for the longest time: the order of the index, whatever the backlog. */
  visible(queueName: string, nowMs: number, limit: number): readonly StoredMessage[] {
    return this.#sql
      .prepare('SELECT * FROM messages WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, seq LIMIT ?')
      .all(queueName, nowMs, limit)
      .map(readRow);
  }

  all(queueName: string): readonly StoredMessage[] {
    return this.#sql
      .prepare('SELECT * FROM messages WHERE queue = ? ORDER BY seq')
      .all(queueName)
      .map(readRow);
  }

  find(queueName: string, id: string): StoredMessage | undefined {
    const row = this.#sql.prepare('SELECT * FROM messages WHERE queue = ? AND id = ?').get(queueName, id);
    return row === undefined ? undefined : readRow(row);
  }

  /** Hides the message and gives it a new receipt. */
  receive(message: StoredMessage, nowMs: number, visibleAt: number): StoredMessage {
    const received = {
      ...message,
      visibleAt,
      receipt: randomUUID(),
      receiveCount: message.receiveCount + 1,
      receivedAt: nowMs,
      firstReceivedAt: message.firstReceivedAt ?? nowMs,
    };
    this.#sql
      .prepare(
        `UPDATE messages SET visible_at = ?, receipt = ?, receive_count = ?, received_at = ?, first_received_at = ?
         WHERE seq = ?`,
      )
      .run(visibleAt, received.receipt, received.receiveCount, nowMs, received.firstReceivedAt, message.seq);
    return received;
  }

  setVisibleAt(seq: number, visibleAt: number): void {
    this.#sql.prepare('UPDATE messages SET visible_at = ? WHERE seq = ?').run(visibleAt, seq);
  }

  /** To a dead-letter queue: the message keeps its id, its age and its count. */
  moveToDeadLetters(seq: number, queueName: string, sourceArn: string, nowMs: number): void {
    this.#sql
      .prepare('UPDATE messages SET queue = ?, source_arn = ?, visible_at = ?, receipt = NULL WHERE seq = ?')
      .run(queueName, sourceArn, nowMs, seq);
  }

  remove(seq: number): void {
    this.#sql.prepare('DELETE FROM messages WHERE seq = ?').run(seq);
  }

  removeAll(queueName: string): void {
    this.#sql.prepare('DELETE FROM messages WHERE queue = ?').run(queueName);
  }

  /** Removes what is older than the queue retains. */
  expire({ name, settings }: Queue, nowMs: number): void {
    this.#sql
      .prepare('DELETE FROM messages WHERE queue = ? AND sent_at <= ?')
      .run(name, nowMs - settings.retentionSeconds * 1_000);
  }

  /** When the next hidden message comes back. */
  nextVisibleAt(queueName: string, nowMs: number): number | undefined {
    const next = this.#sql
      .prepare('SELECT min(visible_at) AS next FROM messages WHERE queue = ? AND visible_at > ?')
      .get(queueName, nowMs)?.next;
    return next === null || next === undefined ? undefined : Number(next);
  }

  countHidden(queueName: string, nowMs: number): number {
    const row = this.#sql
      .prepare('SELECT count(*) AS hidden FROM messages WHERE queue = ? AND visible_at > ?')
      .get(queueName, nowMs);
    return Number(row?.hidden);
  }

  count(queueName: string, nowMs: number): MessageCounts {
    const row = this.#sql
      .prepare(
        `SELECT count(*) FILTER (WHERE visible_at <= ?2) AS visible,
                count(*) FILTER (WHERE visible_at > ?2 AND receive_count > 0) AS not_visible,
                count(*) FILTER (WHERE visible_at > ?2 AND receive_count = 0) AS delayed
         FROM messages WHERE queue = ?1`,
      )
      .get(queueName, nowMs);
    return {
      visible: Number(row?.visible),
      notVisible: Number(row?.not_visible),
      delayed: Number(row?.delayed),
    };
  }
}

const readRow = (row: Record<string, SQLOutputValue>): StoredMessage => ({
  seq: Number(row.seq),
  id: String(row.id),
  queueName: String(row.queue),
  body: String(row.body),
  attributes: JSON.parse(String(row.attributes)) as MessageAttributes,
  system: JSON.parse(String(row.system)) as Record<string, string>,
  sentAt: Number(row.sent_at),
  visibleAt: Number(row.visible_at),
  receiveCount: Number(row.receive_count),
  ...(row.first_received_at !== null && { firstReceivedAt: Number(row.first_received_at) }),
  ...(row.received_at !== null && { receivedAt: Number(row.received_at) }),
  ...(row.receipt !== null && { receipt: String(row.receipt) }),
  ...(row.source_arn !== null && { sourceArn: String(row.source_arn) }),
});

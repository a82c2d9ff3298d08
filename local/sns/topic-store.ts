import type { SQLOutputValue } from 'node:sqlite';
import { DELIVERIES_SCHEMA } from '../delivery/delivery-store.ts';
import { ServiceDatabase } from '../endpoint/service-database.ts';

export interface Topic {
  readonly arn: string;
  /** As the API has them; those that are not set are absent. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** As the API has them; those that are not set are absent. */
  readonly attributes: Readonly<Record<string, string>>;
}

const SCHEMA = `
  ${DELIVERIES_SCHEMA}
  CREATE TABLE topics (arn TEXT PRIMARY KEY, attributes TEXT NOT NULL) STRICT;
  CREATE TABLE subscriptions (
    arn TEXT PRIMARY KEY, topic TEXT NOT NULL REFERENCES topics(arn) ON DELETE CASCADE, protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL, attributes TEXT NOT NULL, owner TEXT NOT NULL
  ) STRICT;
  CREATE INDEX subscriptions_by_topic ON subscriptions(topic);
`;

/** Topics and their subscriptions, and what is still to be delivered. */
export class TopicStore {
  readonly database: ServiceDatabase;

  constructor(directory: string) {
    this.database = new ServiceDatabase({ directory, name: 'sns', schema: SCHEMA, version: 1 });
  }

  /** By ARN. */
  topics(): readonly Topic[] {
    return this.database.sql.prepare('SELECT * FROM topics ORDER BY arn').all().map(readTopic);
  }

  findTopic(arn: string): Topic | undefined {
    const row = this.database.sql.prepare('SELECT * FROM topics WHERE arn = ?').get(arn);
    return row === undefined ? undefined : readTopic(row);
  }

  putTopic({ arn, attributes }: Topic): void {
    this.database.sql
      .prepare(
        `INSERT INTO topics(arn, attributes) VALUES (?, ?)
         ON CONFLICT DO UPDATE SET attributes = excluded.attributes`,
      )
      .run(arn, JSON.stringify(attributes));
  }

  /** The topic and its subscriptions. */
  removeTopic(arn: string): void {
    this.database.sql.prepare('DELETE FROM topics WHERE arn = ?').run(arn);
  }

  /** By ARN; of one topic, or of all. */
  subscriptions(topicArn?: string): readonly Subscription[] {
    return this.database.sql
      .prepare('SELECT * FROM subscriptions WHERE topic = coalesce(?, topic) ORDER BY arn')
      .all(topicArn ?? null)
      .map(readSubscription);
  }

  findSubscription(arn: string): Subscription | undefined {
    const row = this.database.sql.prepare('SELECT * FROM subscriptions WHERE arn = ?').get(arn);
    return row === undefined ? undefined : readSubscription(row);
  }

  putSubscription(subscription: Subscription, owner: 'template' | 'api'): void {
    const { arn, topicArn, protocol, endpoint, attributes } = subscription;
    this.database.sql
      .prepare(
        `INSERT INTO subscriptions(arn, topic, protocol, endpoint, attributes, owner) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET attributes = excluded.attributes`,
      )
      .run(arn, topicArn, protocol, endpoint, JSON.stringify(attributes), owner);
  }

  removeSubscription(arn: string): void {
    this.database.sql.prepare('DELETE FROM subscriptions WHERE arn = ?').run(arn);
  }

  /** What the template of an earlier start subscribed. */
  removeSubscriptionsOfTemplate(): void {
    this.database.sql.exec("DELETE FROM subscriptions WHERE owner = 'template'");
  }

  close(): void {
    this.database.close();
  }
}

const readTopic = (row: Record<string, SQLOutputValue>): Topic => ({
  arn: String(row.arn),
  attributes: JSON.parse(String(row.attributes)) as Record<string, string>,
});

const readSubscription = (row: Record<string, SQLOutputValue>): Subscription => ({
  arn: String(row.arn),
  topicArn: String(row.topic),
  protocol: String(row.protocol),
  endpoint: String(row.endpoint),
  attributes: JSON.parse(String(row.attributes)) as Record<string, string>,
});

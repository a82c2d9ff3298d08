import { ServiceDatabase } from '../endpoint/service-database.ts';

const SCHEMA = `
  CREATE TABLE queues (
    name TEXT PRIMARY KEY, attributes TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL,
    purged_at INTEGER
  ) STRICT;
  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, queue TEXT NOT NULL REFERENCES queues(name) ON DELETE CASCADE,
    body TEXT NOT NULL, attributes TEXT NOT NULL, system TEXT NOT NULL, sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL, receive_count INTEGER NOT NULL DEFAULT 0, first_received_at INTEGER,
    received_at INTEGER, receipt TEXT, source_arn TEXT, UNIQUE (queue, id)
  ) STRICT;
  CREATE INDEX messages_by_visibility ON messages(queue, visible_at);
  CREATE INDEX messages_by_age ON messages(queue, sent_at);
  CREATE TABLE move_tasks (
    handle TEXT PRIMARY KEY, source_arn TEXT NOT NULL, destination_arn TEXT, messages_per_second INTEGER,
    status TEXT NOT NULL, failure TEXT, to_move INTEGER NOT NULL, moved INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL
  ) STRICT;
`;

/** Queues, their messages and the tasks that move messages out of dead-letter queues. */
export const openDatabase = (directory: string): ServiceDatabase =>
  new ServiceDatabase({ directory, name: 'sqs', schema: SCHEMA, version: 1 });

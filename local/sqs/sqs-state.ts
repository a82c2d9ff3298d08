import type { ServiceDatabase } from '../endpoint/service-database.ts';
import type { LocalClock } from '../services.ts';
import type { MessageStore } from './message-store.ts';
import type { MoveTaskStore } from './move-task-store.ts';
import type { Home, QueueRegistry } from './queue-registry.ts';
import type { Receivers } from './receivers.ts';

/** What the operations of SQS work on. */
export interface SqsState {
  readonly database: ServiceDatabase;
  readonly queues: QueueRegistry;
  readonly messages: MessageStore;
  readonly moveTasks: MoveTaskStore;
  readonly home: Home;
  readonly clock: LocalClock;
  /** URL of a queue at this server. */
  readonly urlOf: (queueName: string) => string;
  /** To be tried after each change that may let a receiver find a message. */
  readonly receivers: Receivers;
}

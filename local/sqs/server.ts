import type { Caller, IsCallerAllowed } from '../delivery/caller.ts';
import { type Authenticate, listenEndpoint } from '../endpoint/listen.ts';
import type { InvokeFunction, LocalClock, LocalService, PolicyDocument } from '../services.ts';
import { type StartTimer, startNodeTimer } from '../stepfunctions/alarm.ts';
import { openDatabase } from './database.ts';
import { type EventSource, type EventSourceConfig, startEventSource } from './event-source.ts';
import { answerSqsApi, refuseRequest } from './json-protocol.ts';
import type { MessageAttributes } from './message-attributes.ts';
import { MessageStore, type StoredMessage } from './message-store.ts';
import { moveMessages } from './move-messages.ts';
import { MoveTaskStore } from './move-task-store.ts';
import { changeAttributes, type QueueAttributes } from './queue-attributes.ts';
import { requireDeadLetterQueue } from './queue-operations.ts';
import { type Home, QueueRegistry } from './queue-registry.ts';
import { Receivers } from './receivers.ts';
import { sendInternally } from './send.ts';
import { requireSender } from './senders.ts';
import { noSuchQueue } from './sqs-error.ts';
import type { SqsState } from './sqs-state.ts';

export interface SqsOptions extends Home {
  /** Holds queues and messages. One process at a time. */
  readonly directory: string;
  readonly port?: number;
  /** Where clients reach it through a forwarder. They get URLs of queues there; all others on loopback. */
  readonly publicEndpoint?: string;
  readonly authenticate?: Authenticate;
  readonly clock?: LocalClock;
  readonly startTimer?: StartTimer;
  /** What other services may send. Absent: everything. */
  readonly isCallerAllowed?: IsCallerAllowed;
}

/** A queue of the template, its attributes as the API has them. */
export interface QueueConfig {
  readonly name: string;
  readonly attributes: QueueAttributes;
}

export interface LocalSqs extends LocalService {
  /** Creates or changes the queues of the template; messages and other queues stay. */
  putQueues(queues: readonly QueueConfig[]): void;
  readonly sendMessage: SendMessage;
  policyOf(queueArn: string): PolicyDocument | undefined;
  /** What stands in a queue, without receiving it. */
  peek(queueArn: string): readonly StoredMessage[];
  /** Gives the messages of a queue to a function, until it is closed. */
  startEventSource(config: EventSourceConfig, invoke: InvokeFunction): EventSource;
  /** Does what is due now; it would be done within a second anyway. */
  wake(): void;
}

/**
 * Sends for another service: the message is stored when this returns, once for an id.
 * @throws SqsError
 */
export type SendMessage = (message: {
  readonly queueArn: string;
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly caller: Caller;
}) => void;

/** Bodies of batches are JSON: escaped and base64 text makes them larger than the 1 MiB that they may hold. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const WAKE_INTERVAL_MS = 1_000;

/** SQS with standard queues: opens the store and serves the API on loopback. */
export const startSqs = async (options: SqsOptions): Promise<LocalSqs> => {
  const { accountId, publicEndpoint, authenticate } = options;
  await using started = new AsyncDisposableStack();
  const state = openState(options, (name) => `${service.endpoint}/${accountId}/${name}`);
  started.defer(() => state.database.close());
  const service = await listenEndpoint({
    port: options.port ?? 0,
    maxBodyBytes: MAX_BODY_BYTES,
    answer: (request, gone) => {
      const base = publicBase(publicEndpoint, request.headers.host) ?? service.endpoint;
      const urlOf = (name: string): string => `${base}/${accountId}/${name}`;
      return answerSqsApi({ state: { ...state, urlOf }, request, gone, authenticate });
    },
    refuse: refuseRequest,
  });
  started.defer(() => service.close());
  started.defer(() => state.receivers.close());
  const wake = (): void => {
    moveMessages(state);
    state.receivers.attemptAll();
  };
  const timer = setInterval(() => wakeSafely(wake), WAKE_INTERVAL_MS);
  started.defer(() => clearInterval(timer));
  const running = started.move();
  return {
    ...serveInside(state, options.isCallerAllowed),
    ...{ endpoint: service.endpoint, wake, close: () => running.disposeAsync() },
  };
};

const openState = (options: SqsOptions, urlOf: SqsState['urlOf']): SqsState => {
  const { clock = Date.now, startTimer = startNodeTimer, region, accountId } = options;
  const database = openDatabase(options.directory);
  return {
    ...{ database, clock, urlOf, home: { region, accountId } },
    queues: new QueueRegistry(database, { region, accountId }),
    messages: new MessageStore(database),
    moveTasks: new MoveTaskStore(database),
    receivers: new Receivers(clock, startTimer),
  };
};

/** What the other services of this process use. */
const serveInside = (
  state: SqsState,
  isCallerAllowed: IsCallerAllowed | undefined,
): Omit<LocalSqs, 'endpoint' | 'wake' | 'close'> => {
  const { queues, messages } = state;
  const ofTemplate = new Set<string>();
  return {
    putQueues: (configs) => {
      putQueues(state, configs);
      for (const { name } of configs) ofTemplate.add(name);
    },
    sendMessage: (message) => {
      const queue = queues.findByArn(message.queueArn);
      if (queue === undefined) throw noSuchQueue();
      requireSender(queue, message.caller, ofTemplate.has(queue.name), isCallerAllowed);
      sendInternally(state, queue, message);
    },
    policyOf: (queueArn) => queues.findByArn(queueArn)?.settings.policy,
    peek: (queueArn) => {
      const queue = queues.findByArn(queueArn);
      return queue === undefined ? [] : messages.all(queue.name);
    },
    startEventSource: (config, invoke) => startEventSource({ state, config, invoke }),
  };
};

/** All at once: a queue may stand before the dead-letter queue that it names. */
const putQueues = (state: SqsState, configs: readonly QueueConfig[]): void =>
  state.queues.transaction(() => {
    const nowMs = state.clock();
    for (const { name, attributes } of configs) {
      naming(name, () => state.queues.put(name, changeAttributes({}, attributes), nowMs));
    }
    for (const { name } of configs) {
      naming(name, () => requireDeadLetterQueue(state, state.queues.get(name)));
    }
  });

const naming = (name: string, action: () => unknown): void => {
  try {
    action();
  } catch (cause) {
    throw new Error(`Queue ${name}: ${(cause as Error).message}`, { cause });
  }
};

/** A machine has several names: the host of the call it is, where it came by the public port. */
const publicBase = (publicEndpoint: string | undefined, host = ''): string | undefined => {
  if (publicEndpoint === undefined) return undefined;
  const { protocol, port } = new URL(publicEndpoint);
  return host.endsWith(`:${port}`) ? `${protocol}//${host}` : undefined;
};

/** A full disk, for one: the next second may be better, and the other services go on. */
const wakeSafely = (wake: () => void): void => {
  try {
    wake();
  } catch (error) {
    process.emitWarning(error as Error);
  }
};

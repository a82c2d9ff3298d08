import { type Caller, describeCaller, type IsCallerAllowed } from '../delivery/caller.ts';
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
import { noSuchQueue, SqsError } from './sqs-error.ts';
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
  const { clock = Date.now, startTimer = startNodeTimer, region, accountId } = options;
  const database = openDatabase(options.directory);
  const receivers = new Receivers(clock, startTimer);
  let endpoint = '';
  const state: SqsState = {
    ...{ database, clock, home: { region, accountId } },
    queues: new QueueRegistry(database, { region, accountId }),
    messages: new MessageStore(database),
    moveTasks: new MoveTaskStore(database),
    urlOf: (name) => `${endpoint}/${accountId}/${name}`,
    receivers,
  };
  const service = await listenEndpoint({
    port: options.port ?? 0,
    maxBodyBytes: MAX_BODY_BYTES,
    answer: (request, gone) => {
      const base = publicBase(options.publicEndpoint, request.headers.host) ?? endpoint;
      const urlOf = (name: string): string => `${base}/${accountId}/${name}`;
      return answerSqsApi({ state: { ...state, urlOf }, request, gone, authenticate: options.authenticate });
    },
    refuse: refuseRequest,
  }).catch((error: unknown) => {
    database.close();
    throw error;
  });
  endpoint = service.endpoint;
  const wake = (): void => {
    moveMessages(state);
    receivers.attemptAll();
  };
  const timer = setInterval(() => wakeSafely(wake), WAKE_INTERVAL_MS);
  const ofTemplate = new Set<string>();
  return {
    endpoint,
    wake,
    putQueues: (queues) => {
      putQueues(state, queues);
      for (const { name } of queues) ofTemplate.add(name);
    },
    sendMessage: (message) => {
      requireAllowed(state, message, ofTemplate, options.isCallerAllowed);
      const queue = state.queues.findByArn(message.queueArn);
      if (queue === undefined) throw noSuchQueue();
      sendInternally(state, queue, message);
    },
    policyOf: (queueArn) => state.queues.findByArn(queueArn)?.settings.policy,
    peek: (queueArn) => {
      const queue = state.queues.findByArn(queueArn);
      return queue === undefined ? [] : state.messages.all(queue.name);
    },
    startEventSource: (config, invoke) => startEventSource({ state, config, invoke }),
    close: async () => {
      clearInterval(timer);
      receivers.close();
      await service.close();
      database.close();
    },
  };
};

/** All at once: a queue may stand before the dead-letter queue that it names. */
const putQueues = (state: SqsState, configs: readonly QueueConfig[]): void =>
  state.queues.transaction(() => {
    const queues = configs.map(({ name, attributes }) =>
      state.queues.put(name, changeAttributes({}, attributes), state.clock()),
    );
    for (const queue of queues) requireDeadLetterQueue(state, queue);
  });

/**
 * AWS wants a policy on the queue before a service may send. For a queue that somebody makes by the API and gives
 * no policy this is not asked for, so that trying things out needs no more than a queue.
 */
const requireAllowed = (
  { queues }: SqsState,
  { queueArn, caller }: Parameters<SendMessage>[0],
  ofTemplate: ReadonlySet<string>,
  isCallerAllowed: IsCallerAllowed = () => true,
): void => {
  const queue = queues.findByArn(queueArn);
  if (queue === undefined) throw noSuchQueue();
  const { policy } = queue.settings;
  const isOpen = caller.kind === 'service' && policy === undefined && !ofTemplate.has(queue.name);
  if (isOpen || isCallerAllowed(caller, 'sqs:SendMessage', queueArn, policy)) return;
  throw new SqsError(
    'AccessDenied',
    `${describeCaller(caller)} is not authorized to perform: sqs:SendMessage on resource: ${queueArn}`,
    403,
  );
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

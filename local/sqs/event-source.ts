import { setTimeout as sleep } from 'node:timers/promises';
import type { InvokeFunction } from '../services.ts';
import { lambdaEvent, splitBySize } from './lambda-event.ts';
import { systemAttributesOf } from './message-operations.ts';
import type { StoredMessage } from './message-store.ts';
import { findFailures } from './partial-failures.ts';
import { receiveVisible } from './receive.ts';
import { noSuchQueue } from './sqs-error.ts';
import type { SqsState } from './sqs-state.ts';

/** An event source mapping between a queue and a function. */
export interface EventSourceConfig {
  readonly queueArn: string;
  readonly functionArn: string;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly reportsBatchItemFailures: boolean;
  /** Batches that are given to the function at the same time. */
  readonly maximumConcurrency: number;
}

export interface EventSource {
  /** Does not wait for the function: what it has not finished is received again later. */
  close(): void;
}

interface Connections {
  readonly state: SqsState;
  readonly config: EventSourceConfig;
  readonly invoke: InvokeFunction;
}

const POLL_WAIT_MS = 20_000;
const PAUSE_AFTER_ERROR_MS = 1_000;

/**
 * Receives messages and gives them to the function in batches. What the function took is deleted; what it failed
 * stays hidden for the rest of the queue's visibility timeout and then comes back, until the redrive policy moves it.
 */
export const startEventSource = (connections: Connections): EventSource => {
  const stopped = new AbortController();
  for (let poller = 0; poller < connections.config.maximumConcurrency; poller += 1) {
    void poll(connections, stopped.signal);
  }
  return { close: () => stopped.abort() };
};

const poll = async (connections: Connections, stopped: AbortSignal): Promise<void> => {
  while (!stopped.aborted) {
    try {
      const batch = await collectBatch(connections, stopped);
      for (const part of splitBySize(batch)) await handOver(connections, part, stopped);
    } catch (error) {
      if (stopped.aborted) return;
      const { queueArn, functionArn } = connections.config;
      process.emitWarning(`${queueArn} could not be given to ${functionArn}: ${error}`, 'LocalSqs');
      await sleep(PAUSE_AFTER_ERROR_MS, undefined, { ref: false });
    }
  }
};

/** One batch: as soon as there is a message, or, with a window, as large as it gets within it. */
const collectBatch = async (
  { state, config }: Connections,
  stopped: AbortSignal,
): Promise<readonly StoredMessage[]> => {
  const receive = (maxMessages: number, waitMs: number) =>
    state.receivers.receive({
      ...{ waitMs, gone: stopped },
      find: () => {
        const queue = state.queues.findByArn(config.queueArn);
        if (queue === undefined) throw noSuchQueue();
        return receiveVisible(state, queue, maxMessages, queue.settings.visibilityTimeoutSeconds);
      },
      nextVisibleAt: () => state.messages.nextVisibleAt(nameOf(config.queueArn), state.clock()),
    });
  const batch = [...(await receive(config.batchSize, POLL_WAIT_MS))];
  const deadline = state.clock() + config.batchingWindowSeconds * 1_000;
  while (
    batch.length > 0 &&
    batch.length < config.batchSize &&
    state.clock() < deadline &&
    !stopped.aborted
  ) {
    batch.push(...(await receive(config.batchSize - batch.length, deadline - state.clock())));
  }
  return batch;
};

const nameOf = (queueArn: string): string => queueArn.slice(queueArn.lastIndexOf(':') + 1);

const handOver = async (
  { state, config, invoke }: Connections,
  messages: readonly StoredMessage[],
  stopped: AbortSignal,
): Promise<void> => {
  if (stopped.aborted) return;
  const event = lambdaEvent(messages, config.queueArn, systemAttributesOf);
  const giveUpAt = Math.min(...messages.map(({ visibleAt }) => visibleAt));
  const result = await invokeWhileHidden(
    () => invoke(config.functionArn, event),
    () => state.clock() < giveUpAt,
    stopped,
  );
  if (stopped.aborted || result === undefined || result.functionError !== undefined) return;
  const failed = config.reportsBatchItemFailures ? findFailures(result.payload, messages) : new Set();
  state.database.transaction(() => {
    for (const { seq, id, queueName, receipt } of messages) {
      // Received again by somebody else since: it is theirs.
      const isStillOurs = state.messages.find(queueName, id)?.receipt === receipt;
      if (!failed.has(id) && isStillOurs) state.messages.remove(seq);
    }
  });
};

/** While the function is throttled it is tried again, as long as the messages are hidden from others. */
const invokeWhileHidden = async (
  invoke: () => ReturnType<InvokeFunction>,
  isHidden: () => boolean,
  stopped: AbortSignal,
): Promise<Awaited<ReturnType<InvokeFunction>> | undefined> => {
  for (let pauseMs = 1_000; isHidden(); pauseMs *= 2) {
    try {
      return await invoke();
    } catch (error) {
      if (stopped.aborted) return undefined;
      if ((error as Error).name !== 'TooManyRequestsException') throw error;
      await sleep(Math.min(pauseMs, 30_000), undefined, { ref: false });
    }
  }
  return undefined;
};

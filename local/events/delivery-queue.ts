import { createHash, randomUUID } from 'node:crypto';
import type { LocalClock } from '../services.ts';
import { type DeliveryFailure, type DeliveryTarget, decideNextStep } from './delivery-target.ts';
import type { Delivery, EventStore } from './event-store.ts';
import { callTarget, type TargetConnections } from './target-call.ts';

const MAX_IN_FLIGHT = 16;

interface DeliveryQueueOptions {
  readonly store: EventStore;
  readonly targets: readonly DeliveryTarget[];
  readonly connections: TargetConnections;
  readonly clock: LocalClock;
}

/**
 * Delivers what is stored until the target took it or its retries are exhausted. A delivery is removed after the
 * target took it: a crash in between repeats it, as EventBridge promises at least once.
 */
export class DeliveryQueue {
  readonly #store: EventStore;
  readonly #targets: ReadonlyMap<string, DeliveryTarget>;
  readonly #connections: TargetConnections;
  readonly #clock: LocalClock;
  readonly #inFlight = new Set<string>();
  #isClosed = false;

  constructor({ store, targets, connections, clock }: DeliveryQueueOptions) {
    this.#store = store;
    this.#targets = new Map(targets.map((target) => [target.key, target]));
    this.#connections = connections;
    this.#clock = clock;
  }

  /** Within a transaction of the store. */
  add(target: DeliveryTarget, payload: string): void {
    this.#store.addDelivery(randomUUID(), target.key, payload, this.#clock());
  }

  /** Starts what is due, as far as there is room. */
  wake(): void {
    if (this.#isClosed) return;
    for (const delivery of this.#store.dueDeliveries(this.#clock(), this.#inFlight.size + MAX_IN_FLIGHT)) {
      if (this.#inFlight.size >= MAX_IN_FLIGHT) return;
      if (this.#inFlight.has(delivery.id)) continue;
      this.#inFlight.add(delivery.id);
      this.#deliver(delivery).then(
        () => {
          this.#inFlight.delete(delivery.id);
          this.wake();
        },
        (error: Error) => {
          // The store failed: the delivery is still in it, and the next wake comes by the clock, not at once.
          this.#inFlight.delete(delivery.id);
          this.#warn(error.message);
        },
      );
    }
  }

  /** Does not wait for calls under way: what they deliver stays stored and is delivered again. */
  close(): void {
    this.#isClosed = true;
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const target = this.#targets.get(delivery.targetKey);
    if (target === undefined) {
      this.#warn(`${delivery.targetKey} is gone from the template; an event for it is dropped`);
      this.#store.removeDelivery(delivery.id);
      return;
    }
    const payload = target.isSchedule ? fillContextAttributes(delivery) : delivery.payload;
    const failure = await callTarget(target.arn, delivery.id, payload, this.#connections);
    if (this.#isClosed) return;
    if (failure === undefined) this.#store.removeDelivery(delivery.id);
    else this.#settleFailure(target, delivery, payload, failure);
  }

  #settleFailure(
    target: DeliveryTarget,
    delivery: Delivery,
    payload: string,
    failure: DeliveryFailure,
  ): void {
    const isFunctions = failure.kind === 'function';
    const counted: Delivery = {
      ...delivery,
      refusals: delivery.refusals + (isFunctions ? 0 : 1),
      functionErrors: delivery.functionErrors + (isFunctions ? 1 : 0),
    };
    const step = decideNextStep(target, counted, failure, this.#clock());
    if (step.kind === 'retry') {
      this.#store.postponeDelivery(counted, step.atMs);
      return;
    }
    const { deadLetterQueueArn: queueArn } = step;
    if (queueArn === undefined)
      this.#warn(`${target.arn} failed ${step.attempts} times: ${failure.message}; dropped`);
    this.#store.transaction(() => {
      this.#store.removeDelivery(delivery.id);
      if (queueArn === undefined) return;
      const attributes = {
        ERROR_CODE: failure.code,
        ERROR_MESSAGE: failure.message,
        TARGET_ARN: target.arn,
        RETRY_ATTEMPTS: String(step.attempts - 1),
      };
      this.#store.addDeadLetter({ queueArn, body: payload, attributes, at: this.#clock() });
    });
  }

  #warn(message: string): void {
    process.emitWarning(message, 'LocalEvents');
  }
}

/**
 * Scheduler fills these two for each attempt; the others are known when the schedule fires. Retries of a function
 * error are Lambda's: they repeat the payload of the attempt that Lambda took.
 */
const fillContextAttributes = ({ id, refusals, payload }: Delivery): string => {
  const executionId = createHash('sha256').update(`${id}/${refusals}`).digest('hex').slice(0, 16);
  return payload
    .replaceAll('<aws.scheduler.execution-id>', executionId)
    .replaceAll('<aws.scheduler.attempt-number>', String(refusals + 1));
};

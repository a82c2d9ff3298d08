import { randomUUID } from 'node:crypto';
import type { LocalClock } from '../services.ts';
import type { MessageAttributes } from '../sqs/message-attributes.ts';
import { deadLetterAttributes } from './dead-letter.ts';
import type { Delivery, DeliveryStore } from './delivery-store.ts';
import {
  DEFAULT_RETRY_POLICY,
  type DeliveryFailure,
  type DeliveryTarget,
  decideNextStep,
  type ExhaustedCondition,
  isTooOld,
} from './delivery-target.ts';
import { fillContextAttributes } from './schedule-context.ts';
import { callTarget, type TargetConnections } from './target-call.ts';

const MAX_IN_FLIGHT = 16;

interface DeliveryQueueOptions {
  readonly store: DeliveryStore;
  readonly connections: TargetConnections;
  readonly clock: LocalClock;
}

interface NewDelivery {
  readonly target: DeliveryTarget;
  readonly payload: string;
  readonly attributes?: MessageAttributes;
  /** From when on its age counts. Default: now. */
  readonly acceptedAt?: number;
  /** Default: at once. */
  readonly dueAt?: number;
}

/**
 * Delivers what is stored until the target took it or its retries are exhausted. A delivery is removed after the
 * target took it: a crash in between repeats it, as AWS promises at least once.
 */
export class DeliveryQueue {
  readonly #store: DeliveryStore;
  readonly #connections: TargetConnections;
  readonly #clock: LocalClock;
  readonly #inFlight = new Set<string>();
  #isClosed = false;

  constructor({ store, connections, clock }: DeliveryQueueOptions) {
    this.#store = store;
    this.#connections = connections;
    this.#clock = clock;
  }

  /** Within a transaction of the database. */
  add({
    target,
    payload,
    attributes = {},
    acceptedAt = this.#clock(),
    dueAt = acceptedAt,
  }: NewDelivery): void {
    this.#store.add({ id: randomUUID(), target, payload, attributes, acceptedAt }, dueAt);
  }

  /** Starts what is due, as far as there is room. */
  wake(): void {
    if (this.#isClosed) return;
    for (const delivery of this.#store.due(this.#clock(), this.#inFlight.size + MAX_IN_FLIGHT)) {
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
    const { target, acceptedAt } = delivery;
    const filled = { ...delivery, payload: fillContextAttributes(delivery) };
    if (isTooOld(target.retryPolicy, acceptedAt, this.#clock())) {
      const message = 'The maximum age was reached before the target could be called.';
      const failure = { code: 'EventAgeExceeded', message, isPermanent: true };
      return this.#giveUp(filled, failure, 'MaximumEventAgeInSeconds');
    }
    const failure = await callTarget(filled, this.#connections);
    if (this.#isClosed) return;
    if (failure === undefined) return this.#store.remove(delivery.id);
    const attempts = delivery.attempts + 1;
    const step = decideNextStep(target.retryPolicy, { acceptedAt, attempts }, failure, this.#clock());
    if (step.kind === 'retry') return this.#store.postpone(delivery.id, attempts, step.atMs);
    this.#giveUp(filled, failure, step.condition);
  }

  /** A dead letter is a delivery, too: it is stored before the delivery that failed is forgotten. */
  #giveUp(delivery: Delivery, failure: DeliveryFailure, condition: ExhaustedCondition | undefined): void {
    const { id, target, payload, attributes } = delivery;
    const queueArn = target.retryPolicy.deadLetterQueueArn;
    if (queueArn === undefined) {
      this.#warn(`${target.arn} could not be called: ${failure.code} ${failure.message}; dropped`);
    }
    this.#store.transaction(() => {
      this.#store.remove(id);
      if (queueArn === undefined) return;
      this.add({
        target: {
          ...{ arn: queueArn, caller: target.caller },
          ...{ origin: { kind: 'report' }, retryPolicy: DEFAULT_RETRY_POLICY },
        },
        payload,
        attributes: { ...attributes, ...deadLetterAttributes(delivery, failure, condition) },
      });
    });
  }

  #warn(message: string): void {
    process.emitWarning(message, 'LocalDelivery');
  }
}

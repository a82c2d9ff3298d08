import { setTimeout as wait } from 'node:timers/promises';
import type { InvocationResult } from '../services.ts';
import { LambdaServiceError } from './errors.ts';
import { deadLetterOf, describeEvent, type EventCondition, type EventDelivery } from './event-record.ts';
import type { FunctionSettings } from './function-config.ts';
import type { FunctionStore, StoredEvent } from './function-store.ts';
import { EVENT_AGE_SECONDS, EVENT_RETRIES } from './limits.ts';

interface EventInvocationOptions {
  readonly store: FunctionStore;
  /** The function as it is now; undefined when it is gone. */
  readonly settingsOf: (functionName: string) => FunctionSettings | undefined;
  readonly run: (settings: FunctionSettings, requestId: string, payload: string) => Promise<InvocationResult>;
  /** Waits before the first and the second retry of a function error. */
  readonly retryDelaysMs: readonly [number, number];
  readonly deliver: (delivery: EventDelivery) => void | Promise<void>;
}

const FIRST_THROTTLE_DELAY_MS = 1000;
const LONGEST_THROTTLE_DELAY_MS = 300_000;

/**
 * Event invocations: stored, run later, retried after function errors and put off while throttled, as in
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html. What is not done when the
 * process ends goes on at the next start, so a function may run for an event more than once, as in Lambda.
 */
export class EventInvocations {
  readonly #options: EventInvocationOptions;
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: EventInvocationOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier process left. */
  resume(): void {
    for (const event of this.#options.store.events()) this.#start(event);
  }

  /** The event is stored when this returns. */
  accept(functionName: string, requestId: string, payload: string): void {
    const now = Date.now();
    const event = { functionName, requestId, payload, acceptedAt: now, dueAt: now, invokeCount: 0 };
    this.#start({ ...event, id: this.#options.store.insertEvent(event) });
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await Promise.allSettled(this.#running);
  }

  #start(event: StoredEvent): void {
    const handling = this.#handle(event)
      .catch((error) => {
        if (this.#stopped.signal.aborted) return;
        this.#options.store.deleteEvent(event.id);
        const { requestId, functionName } = event;
        process.emitWarning(`The event ${requestId} for ${functionName} was lost: ${error}`, 'LocalLambda');
      })
      .finally(() => this.#running.delete(handling));
    this.#running.add(handling);
  }

  async #handle(accepted: StoredEvent): Promise<void> {
    const { store, settingsOf, retryDelaysMs } = this.#options;
    let event = accepted;
    let throttleDelayMs = FIRST_THROTTLE_DELAY_MS;
    let result: InvocationResult | undefined;
    for (;;) {
      await this.#waitUntil(event.dueAt);
      // The settings are those of this moment. An event for a function that was deleted is dropped.
      const settings = settingsOf(event.functionName);
      if (settings === undefined) return store.deleteEvent(event.id);
      const maximumAgeMs = (settings.maximumEventAgeSeconds ?? EVENT_AGE_SECONDS.max) * 1000;
      if (Date.now() > event.acceptedAt + maximumAgeMs) {
        return this.#end(settings, event, 'EventAgeExceeded', result);
      }
      // A function that is switched off is not waited for.
      if (settings.reservedConcurrency === 0) {
        return this.#end(settings, event, 'ZeroReservedConcurrency', result);
      }
      const attempt = await this.#attempt(settings, event);
      if (attempt === 'throttled') {
        event = { ...event, dueAt: Date.now() + throttleDelayMs };
        throttleDelayMs = Math.min(throttleDelayMs * 2, LONGEST_THROTTLE_DELAY_MS);
        continue;
      }
      result = attempt;
      const delayMs = retryDelaysMs[event.invokeCount] ?? 0;
      event = { ...event, invokeCount: event.invokeCount + 1, dueAt: Date.now() + delayMs };
      if (result.functionError === undefined) return this.#end(settings, event, 'Success', result);
      if (event.invokeCount > (settings.maximumRetryAttempts ?? EVENT_RETRIES.max)) {
        return this.#end(settings, event, 'RetriesExhausted', result);
      }
      store.updateEvent(event);
    }
  }

  async #attempt(settings: FunctionSettings, event: StoredEvent): Promise<InvocationResult | 'throttled'> {
    try {
      return await this.#options.run(settings, event.requestId, event.payload);
    } catch (error) {
      if (error instanceof LambdaServiceError && error.name === 'TooManyRequestsException')
        return 'throttled';
      throw error;
    }
  }

  /** Sends what the function is configured to send, and only then forgets the event. */
  async #end(
    settings: FunctionSettings,
    event: StoredEvent,
    condition: EventCondition,
    result: InvocationResult | undefined,
  ): Promise<void> {
    const { deliver, store } = this.#options;
    const isSuccess = condition === 'Success';
    const destinationArn = isSuccess ? settings.onSuccessArn : settings.onFailureArn;
    if (destinationArn !== undefined) {
      const body = JSON.stringify(describeEvent(settings.arn, event, condition, result));
      await deliver({ targetArn: destinationArn, body, attributes: {} });
    }
    if (!isSuccess && settings.deadLetterArn !== undefined) {
      await deliver(deadLetterOf(settings.deadLetterArn, event, result));
    }
    store.deleteEvent(event.id);
  }

  async #waitUntil(dueAt: number): Promise<void> {
    const signal = this.#stopped.signal;
    await wait(Math.max(0, dueAt - Date.now()), undefined, { signal, ref: false });
  }
}

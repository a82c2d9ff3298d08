import { setTimeout as wait } from 'node:timers/promises';
import type { InvocationResult } from '../services.ts';
import { LambdaServiceError } from './errors.ts';
import type { FunctionConfig } from './function-config.ts';
import { EVENT_AGE_SECONDS, EVENT_RETRIES } from './limits.ts';

/** What Lambda sends to an on-failure destination. */
export interface FailureRecord {
  readonly version: '1.0';
  readonly timestamp: string;
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: 'RetriesExhausted' | 'EventAgeExceeded';
    readonly approximateInvokeCount: number;
  };
  readonly requestPayload: unknown;
  /** Absent when the function never ran. */
  readonly responseContext?: {
    readonly statusCode: 200;
    readonly executedVersion: '$LATEST';
    readonly functionError: 'Unhandled';
  };
  readonly responsePayload?: unknown;
}

interface EventInvocationOptions {
  readonly run: (config: FunctionConfig, requestId: string, payload: string) => Promise<InvocationResult>;
  /** Waits before the first and the second retry of a function error. */
  readonly retryDelaysMs: readonly [number, number];
  /** Called when Lambda would use the dead-letter queue or the on-failure destination. */
  readonly onFailure?: ((config: FunctionConfig, record: FailureRecord) => void | Promise<void>) | undefined;
}

const FIRST_THROTTLE_DELAY_MS = 1000;
const LONGEST_THROTTLE_DELAY_MS = 300_000;

/**
 * Event invocations: accepted at once, run later, retried after function errors and put off while throttled, as in
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html. The queue is in memory, so
 * what has not run at `close` is lost.
 */
export class EventInvocations {
  readonly #options: EventInvocationOptions;
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: EventInvocationOptions) {
    this.#options = options;
  }

  accept(config: FunctionConfig, requestId: string, payload: string): void {
    const delivery = this.#deliver(config, requestId, payload)
      .catch((error) => {
        if (this.#stopped.signal.aborted) return;
        process.emitWarning(`The event ${requestId} for ${config.name} was lost: ${error}`, 'LocalLambda');
      })
      .finally(() => this.#running.delete(delivery));
    this.#running.add(delivery);
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await Promise.allSettled(this.#running);
  }

  async #deliver(config: FunctionConfig, requestId: string, payload: string): Promise<void> {
    const retries = config.maximumRetryAttempts ?? EVENT_RETRIES.max;
    const deadlineMs = Date.now() + (config.maximumEventAgeSeconds ?? EVENT_AGE_SECONDS.max) * 1000;
    let invokeCount = 0;
    let throttleDelayMs = FIRST_THROTTLE_DELAY_MS;
    let result: InvocationResult | undefined;
    const fail = (condition: FailureRecord['requestContext']['condition']) =>
      this.#options.onFailure?.(
        config,
        failureRecord(config, requestId, payload, condition, invokeCount, result),
      );

    while (Date.now() <= deadlineMs) {
      const attempt = await this.#attempt(config, requestId, payload);
      if (attempt === 'throttled') {
        await this.#wait(throttleDelayMs);
        throttleDelayMs = Math.min(throttleDelayMs * 2, LONGEST_THROTTLE_DELAY_MS);
        continue;
      }
      result = attempt;
      invokeCount += 1;
      if (result.functionError === undefined) return;
      if (invokeCount > retries) return fail('RetriesExhausted');
      await this.#wait(this.#options.retryDelaysMs[invokeCount - 1] ?? 0);
    }
    return fail('EventAgeExceeded');
  }

  async #attempt(
    config: FunctionConfig,
    requestId: string,
    payload: string,
  ): Promise<InvocationResult | 'throttled'> {
    try {
      return await this.#options.run(config, requestId, payload);
    } catch (error) {
      if (error instanceof LambdaServiceError && error.name === 'TooManyRequestsException')
        return 'throttled';
      throw error;
    }
  }

  #wait(ms: number): Promise<void> {
    return wait(ms, undefined, { signal: this.#stopped.signal, ref: false });
  }
}

function failureRecord(
  config: FunctionConfig,
  requestId: string,
  payload: string,
  condition: FailureRecord['requestContext']['condition'],
  approximateInvokeCount: number,
  result: InvocationResult | undefined,
): FailureRecord {
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: { requestId, functionArn: `${config.arn}:$LATEST`, condition, approximateInvokeCount },
    requestPayload: JSON.parse(payload),
    ...(result && {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: JSON.parse(result.payload),
    }),
  };
}

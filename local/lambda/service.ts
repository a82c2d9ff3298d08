import { Concurrency } from './concurrency.ts';
import { type Deployment, deployCode } from './deployment.ts';
import { requestNotJson, requestTooLarge, serviceClosed } from './errors.ts';
import { EventInvocations, type FailureRecord } from './event-invocations.ts';
import { assertFunctionConfigs, type FunctionConfig } from './function-config.ts';
import { openFunctionLog } from './function-log.ts';
import { FunctionRunner, type RunResult } from './function-runner.ts';
import { EVENT_REQUEST_BYTES, INIT_TIMEOUT_MS, SYNC_REQUEST_BYTES } from './limits.ts';

export interface LambdaServiceOptions {
  readonly region: string;
  /** One log file per function, `<name>.log`, is written here. */
  readonly logDirectory: string;
  readonly functions: readonly FunctionConfig[];
  /** Concurrent invocations of the account. Default 10, for a laptop. */
  readonly maxConcurrency?: number;
  /** How long an unused environment stays warm. Default 5 minutes. */
  readonly idleMs?: number;
  /** Takes what Lambda would send to a dead-letter queue or on-failure destination. */
  readonly onEventFailure?: (config: FunctionConfig, record: FailureRecord) => void | Promise<void>;
  /** Waits before the two retries of an event invocation. Default 1 and 2 minutes, as in Lambda. */
  readonly eventRetryDelaysMs?: readonly [number, number];
  /** Size at which a log file is rotated. Default 10 MiB. */
  readonly logRotateBytes?: number;
}

const DEFAULT_CONCURRENCY = 10;
const DEFAULT_IDLE_MS = 300_000;
const DEFAULT_ROTATE_BYTES = 10 * 1024 * 1024;

/** Lambda without its HTTP API: the functions, their limits and the queue of events. */
export class LambdaService {
  readonly #deployment: Deployment;
  readonly #runners: ReadonlyMap<string, FunctionRunner>;
  readonly #concurrency: Concurrency;
  readonly #events: EventInvocations;
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  /** @throws Error that lists every problem of the configured functions. */
  static async start(options: LambdaServiceOptions): Promise<LambdaService> {
    assertFunctionConfigs(options.functions, options.maxConcurrency ?? DEFAULT_CONCURRENCY);
    const deployment = await deployCode(options.functions.map((config) => config.codeDirectory));
    return new LambdaService(options, deployment);
  }

  private constructor(options: LambdaServiceOptions, deployment: Deployment) {
    const { functions, logDirectory, logRotateBytes = DEFAULT_ROTATE_BYTES } = options;
    this.#deployment = deployment;
    this.#concurrency = new Concurrency(functions, options.maxConcurrency ?? DEFAULT_CONCURRENCY);
    this.#runners = new Map(
      functions.map((config) => [
        config.name,
        new FunctionRunner(config, {
          taskRoot: deployment.taskRoot(config.codeDirectory),
          region: options.region,
          log: openFunctionLog(logDirectory, config.name, logRotateBytes),
          idleMs: options.idleMs ?? DEFAULT_IDLE_MS,
          initTimeoutMs: INIT_TIMEOUT_MS,
        }),
      ]),
    );
    this.#events = new EventInvocations({
      run: (config, requestId, payload) => this.#run(config, requestId, payload),
      retryDelaysMs: options.eventRetryDelaysMs ?? [60_000, 120_000],
      onFailure: options.onEventFailure,
    });
  }

  /** Runs the function and waits for its end. */
  async invoke(config: FunctionConfig, requestId: string, payload: string): Promise<RunResult> {
    return this.#run(config, requestId, checkPayload(payload, 'RequestResponse', SYNC_REQUEST_BYTES));
  }

  /** Takes an event; it runs later, and again after function errors. */
  invokeLater(config: FunctionConfig, requestId: string, payload: string): void {
    const event = checkPayload(payload, 'Event', EVENT_REQUEST_BYTES);
    if (this.#isClosed) throw serviceClosed();
    this.#events.accept(config, requestId, event);
  }

  /** Ends every environment. Invocations under way are rejected, events that wait are dropped. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // Events first, so that one whose environment is ended now is not taken for a failure.
    const eventsClosed = this.#events.close();
    await Promise.all([...this.#runners.values()].map((runner) => runner.close()));
    await eventsClosed;
    await Promise.allSettled(this.#running);
    await this.#deployment.remove();
  }

  async #run(config: FunctionConfig, requestId: string, event: string): Promise<RunResult> {
    const runner = this.#runners.get(config.name);
    if (this.#isClosed || runner === undefined) throw serviceClosed();
    const invocation = this.#concurrency.occupy(config, () => runner.run(requestId, event));
    this.#running.add(invocation);
    try {
      const result = await invocation;
      if (this.#isClosed) throw serviceClosed();
      return result;
    } finally {
      this.#running.delete(invocation);
    }
  }
}

function checkPayload(payload: string, invocationType: string, limit: number): string {
  const bytes = Buffer.byteLength(payload);
  if (bytes > limit) throw requestTooLarge(bytes, invocationType, limit);
  if (payload === '') return '{}';
  try {
    JSON.parse(payload);
  } catch (error) {
    throw requestNotJson(error);
  }
  return payload;
}

import { randomUUID } from 'node:crypto';
import { Concurrency } from './concurrency.ts';
import { Deployment } from './deployment.ts';
import { requestNotJson, requestTooLarge, serviceClosed } from './errors.ts';
import { EventInvocations } from './event-invocations.ts';
import type { EventDelivery } from './event-record.ts';
import { assertFunctionConfigs, type FunctionConfig, type FunctionSettings } from './function-config.ts';
import { FunctionRegistry } from './function-registry.ts';
import { FunctionRunner, type RunResult } from './function-runner.ts';
import { FunctionStore } from './function-store.ts';
import { EVENT_REQUEST_BYTES, INIT_TIMEOUT_MS, SYNC_REQUEST_BYTES } from './limits.ts';
import { type LogFile, openLogFile } from './log-file.ts';

export interface LambdaServiceOptions {
  readonly region: string;
  readonly accountId: string;
  /** Functions that were made through the API, and events that wait, are kept here. */
  readonly directory: string;
  /** One log file per function, `<name>.log`, is written here. */
  readonly logDirectory: string;
  /** Those of the template. Where one has the name of a function made through the API, that one is hidden. */
  readonly functions: readonly FunctionConfig[];
  /** Concurrent invocations of the account. Default 10, for a laptop. */
  readonly maxConcurrency?: number;
  /** So many of those without a reservation run at once, the others wait: for more than a laptop has room for. Default: all. */
  readonly runningAtOnce?: number;
  /** How long an unused environment stays warm. Default 5 minutes. */
  readonly idleMs?: number;
  readonly destinations?: EventDestinations;
  /** Waits before the two retries of an event invocation. Default 1 and 2 minutes, as in Lambda. */
  readonly eventRetryDelaysMs?: readonly [number, number];
  /** Size at which a log file is rotated. Default 10 MiB. */
  readonly logRotateBytes?: number;
}

/** Where dead letters and records of events can go besides functions. */
export interface EventDestinations {
  accepts(targetArn: string): boolean;
  deliver(delivery: EventDelivery): void | Promise<void>;
}

const DEFAULT_CONCURRENCY = 10;
const DEFAULT_IDLE_MS = 300_000;
const DEFAULT_ROTATE_BYTES = 10 * 1024 * 1024;

/** Lambda without its HTTP API: the functions, their limits and the queue of events. */
export class LambdaService {
  readonly registry: FunctionRegistry;
  readonly concurrency: Concurrency;
  readonly store: FunctionStore;
  readonly deployment: Deployment;
  readonly #options: LambdaServiceOptions;
  readonly #events: EventInvocations;
  readonly #running = new Set<Promise<unknown>>();
  /** Those of today's functions, and of code that was replaced or deleted until what they run has ended. */
  readonly #runners = new Set<FunctionRunner>();
  readonly #logs = new Map<string, LogFile>();
  #isClosed = false;

  /** @throws Error that lists every problem of the configured functions. */
  static async start(options: LambdaServiceOptions): Promise<LambdaService> {
    assertFunctionConfigs(options.functions, options.maxConcurrency ?? DEFAULT_CONCURRENCY);
    const service = new LambdaService(options, await Deployment.create());
    for (const config of options.functions) {
      const taskRoot = await service.deployment.copy(config.codeDirectory);
      service.registry.put({ settings: config, runner: service.createRunner(config, taskRoot) });
    }
    return service;
  }

  private constructor(options: LambdaServiceOptions, deployment: Deployment) {
    this.#options = options;
    this.deployment = deployment;
    this.registry = new FunctionRegistry(options.region, options.accountId);
    const { maxConcurrency = DEFAULT_CONCURRENCY, runningAtOnce = maxConcurrency } = options;
    this.concurrency = new Concurrency({ invocations: maxConcurrency, atOnce: runningAtOnce }, () =>
      this.registry.all.map(({ settings }) => settings),
    );
    this.store = new FunctionStore(options.directory);
    this.#events = new EventInvocations({
      store: this.store,
      settingsOf: (name) => this.registry.get(name)?.settings,
      run: (settings, requestId, payload) => this.#run(settings, requestId, payload),
      retryDelaysMs: options.eventRetryDelaysMs ?? [60_000, 120_000],
      deliver: (delivery) => this.#deliver(delivery),
    });
  }

  /** Goes on with the events of an earlier process, once all functions are there. */
  resumeEvents(): void {
    this.#events.resume();
  }

  createRunner(settings: FunctionSettings, taskRoot: string): FunctionRunner {
    const {
      region,
      logDirectory,
      logRotateBytes = DEFAULT_ROTATE_BYTES,
      idleMs = DEFAULT_IDLE_MS,
    } = this.#options;
    const runner = new FunctionRunner(settings, {
      ...{ taskRoot, region, idleMs, initTimeoutMs: INIT_TIMEOUT_MS },
      log: this.#logOf(settings.name, logDirectory, logRotateBytes),
      runtime: this.deployment.runtime,
      nextScratch: () => this.deployment.nextScratch(),
      guard: this.deployment.guard,
    });
    this.#runners.add(runner);
    return runner;
  }

  /** One for all runners of a function, which write to the same file. */
  #logOf(name: string, directory: string, rotateBytes: number): LogFile {
    const log = this.#logs.get(name) ?? openLogFile(directory, name, rotateBytes);
    this.#logs.set(name, log);
    return log;
  }

  /** Lets end what the runner runs, on the code that it began with, and then ends the runner. */
  async retire(runner: FunctionRunner): Promise<void> {
    await runner.retire();
    this.#runners.delete(runner);
  }

  /** Whether a dead letter or record can go there. */
  acceptsDestination(targetArn: string): boolean {
    return targetArn.includes(':lambda:') || this.#options.destinations?.accepts(targetArn) === true;
  }

  /** Runs the function and waits for its end. */
  async invoke(settings: FunctionSettings, requestId: string, payload: string): Promise<RunResult> {
    return this.#run(settings, requestId, checkPayload(payload, 'RequestResponse', SYNC_REQUEST_BYTES));
  }

  /** Takes an event; it runs later, and again after function errors. */
  invokeLater(settings: FunctionSettings, requestId: string, payload: string): void {
    const event = checkPayload(payload, 'Event', EVENT_REQUEST_BYTES);
    if (this.#isClosed) throw serviceClosed();
    this.#events.accept(settings.name, requestId, event);
  }

  /** Ends every environment. Invocations under way are rejected; events go on at the next start. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Events first, so that one whose environment is ended now is not taken for a failure.
    const eventsClosed = this.#events.close();
    await Promise.all([...this.#runners].map((runner) => runner.close()));
    await eventsClosed;
    await Promise.allSettled(this.#running);
    this.store.close();
    await this.deployment.close();
  }

  async #run(settings: FunctionSettings, requestId: string, event: string): Promise<RunResult> {
    const invocation = this.concurrency.occupy(settings, async () => {
      const runner = this.registry.get(settings.name)?.runner;
      if (this.#isClosed || runner === undefined) throw serviceClosed();
      return runner.run(requestId, event);
    });
    this.#running.add(invocation);
    try {
      const result = await invocation;
      if (this.#isClosed) throw serviceClosed();
      return result;
    } finally {
      this.#running.delete(invocation);
    }
  }

  async #deliver(delivery: EventDelivery): Promise<void> {
    if (delivery.targetArn.includes(':lambda:')) {
      const { settings } = this.registry.find(delivery.targetArn);
      this.invokeLater(settings, randomUUID(), delivery.body);
      return;
    }
    const { destinations } = this.#options;
    if (destinations === undefined)
      throw new Error(`there is no service that delivers to ${delivery.targetArn}`);
    await destinations.deliver(delivery);
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

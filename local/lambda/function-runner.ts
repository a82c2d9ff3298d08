import { randomBytes } from 'node:crypto';
import type { InvocationResult } from '../services.ts';
import { type Ending, ExecutionEnvironment } from './execution-environment.ts';
import type { FunctionSettings } from './function-config.ts';
import { outcomeOf } from './invocation-outcome.ts';
import type { LogFile } from './log-file.ts';
import type { OrphanGuard } from './orphan-guard.ts';
import { type SystemLog, systemLogOf } from './system-log.ts';
import { Transcript } from './transcript.ts';

interface RunnerOptions {
  readonly runtime: string;
  readonly taskRoot: string;
  readonly region: string;
  readonly log: LogFile;
  /** How long an unused environment stays warm. */
  readonly idleMs: number;
  readonly initTimeoutMs: number;
  /** A folder for the temporary files of one more environment. */
  readonly nextScratch: () => string;
  readonly guard: OrphanGuard;
}

export interface RunResult extends InvocationResult {
  /** The last 4 KiB that the invocation logged. */
  readonly logTail: Buffer;
}

interface Slot {
  readonly environment: ExecutionEnvironment;
  readonly transcript: Transcript;
}

/** Runs one state of a function's code and settings: starts environments, keeps them warm, and writes its log. */
export class FunctionRunner {
  readonly #settings: FunctionSettings;
  readonly #options: RunnerOptions;
  readonly #systemLog: SystemLog;
  readonly #environments = new Set<ExecutionEnvironment>();
  /** Unused environments with the timers that end them; the last used one is taken first. */
  readonly #warm: { slot: Slot; expiry: NodeJS.Timeout }[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #isRetired = false;

  constructor(settings: FunctionSettings, options: RunnerOptions) {
    this.#settings = settings;
    this.#options = options;
    this.#systemLog = systemLogOf(settings);
  }

  get taskRoot(): string {
    return this.#options.taskRoot;
  }

  /** Runs one invocation in a warm environment, or in a new one when all are busy. */
  async run(requestId: string, event: string): Promise<RunResult> {
    const running = this.#run(requestId, event);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Lets what runs end, and then every environment. Nothing may be run any more. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    await Promise.allSettled(this.#running);
    await this.close();
  }

  async close(): Promise<void> {
    this.#isRetired = true;
    for (const { expiry } of this.#warm) clearTimeout(expiry);
    await Promise.all([...this.#environments].map((environment) => environment.close()));
  }

  async #run(requestId: string, event: string): Promise<RunResult> {
    let slot = this.#takeWarm();
    let init: Ending = { kind: 'ready' };
    let initMs: number | undefined;
    if (slot === undefined) {
      slot = this.#open(new Transcript(this.#options.log));
      slot.transcript.writeLines(this.#systemLog.initStart());
      const initStart = performance.now();
      init = await slot.environment.initialize(this.#options.initTimeoutMs);
      initMs = performance.now() - initStart;
      if (init.kind !== 'ready') {
        const status = init.kind === 'timed-out' ? 'timeout' : 'error';
        slot.transcript.writeLines(this.#systemLog.initReport(initMs, status));
      }
    }

    slot.transcript.begin();
    slot.transcript.writeLines(this.#systemLog.start(requestId));
    const start = performance.now();
    if (init.kind === 'timed-out') {
      // A slow init is done again as a part of the invocation, within the function's timeout.
      slot = this.#open(slot.transcript);
      init = await slot.environment.initialize(this.#settings.timeoutSeconds * 1000);
    }
    const remainingMs = this.#settings.timeoutSeconds * 1000 - (performance.now() - start);
    const ending = init.kind === 'ready' ? await this.#invoke(slot, requestId, event, remainingMs) : init;
    const result = this.#report(slot, ending, requestId, performance.now() - start, initMs);

    this.#release(slot, init.kind === 'ready');
    return { ...result, logTail: slot.transcript.tail };
  }

  #open(transcript: Transcript): Slot {
    const { runtime, taskRoot, region, nextScratch, guard } = this.#options;
    const environment = new ExecutionEnvironment(this.#settings, {
      ...{ runtime, taskRoot, region, scratch: nextScratch(), guard },
      onOutput: (text) => transcript.write(text),
    });
    this.#environments.add(environment);
    void environment.exited.then(() => this.#environments.delete(environment));
    return { environment, transcript };
  }

  #invoke(slot: Slot, requestId: string, event: string, remainingMs: number): Promise<Ending> {
    const request = {
      requestId,
      event,
      deadlineMs: Date.now() + Math.ceil(remainingMs),
      functionArn: this.#settings.arn,
      traceId: newTraceId(),
    };
    return slot.environment.invoke(request, remainingMs);
  }

  #report(
    { environment, transcript }: Slot,
    ending: Ending,
    requestId: string,
    durationMs: number,
    initMs: number | undefined,
  ): InvocationResult {
    const { result, logLines, status, errorType } = outcomeOf(
      ending,
      requestId,
      this.#settings.timeoutSeconds,
    );
    const { memoryPeakMib } = environment;
    const report = { requestId, durationMs, initMs, memoryPeakMib, status, ...(errorType && { errorType }) };
    transcript.writeLines(this.#systemLog.end(report, logLines));
    return result;
  }

  #takeWarm(): Slot | undefined {
    for (;;) {
      const warm = this.#warm.pop();
      if (warm === undefined) return undefined;
      clearTimeout(warm.expiry);
      // It may have ended by itself meanwhile, by a timer that threw for example.
      if (warm.slot.environment.isAlive) return warm.slot;
    }
  }

  #release(slot: Slot, isInitialized: boolean): void {
    if (this.#isRetired || !isInitialized || !slot.environment.isAlive) {
      void slot.environment.close();
      return;
    }
    const warm = { slot, expiry: setTimeout(() => this.#expire(warm), this.#options.idleMs) };
    warm.expiry.unref();
    this.#warm.push(warm);
  }

  #expire(warm: { slot: Slot; expiry: NodeJS.Timeout }): void {
    this.#warm.splice(this.#warm.indexOf(warm), 1);
    void warm.slot.environment.close();
  }
}

/** An X-Ray trace that is not sampled, so that nothing is sent to a daemon. */
function newTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  const root = `1-${seconds}-${randomBytes(12).toString('hex')}`;
  return `Root=${root};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
}

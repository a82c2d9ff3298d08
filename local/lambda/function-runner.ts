import { randomBytes } from 'node:crypto';
import type { InvocationResult } from '../services.ts';
import { type Ending, ExecutionEnvironment } from './execution-environment.ts';
import type { FunctionConfig } from './function-config.ts';
import type { FunctionLog } from './function-log.ts';
import { outcomeOf } from './invocation-outcome.ts';
import { Transcript } from './transcript.ts';

interface RunnerOptions {
  readonly taskRoot: string;
  readonly region: string;
  readonly log: FunctionLog;
  /** How long an unused environment stays warm. */
  readonly idleMs: number;
  readonly initTimeoutMs: number;
}

export interface RunResult extends InvocationResult {
  /** The last 4 KiB that the invocation logged. */
  readonly logTail: Buffer;
}

interface Slot {
  readonly environment: ExecutionEnvironment;
  readonly transcript: Transcript;
}

/** Runs one function: starts environments, keeps them warm, and writes its log. */
export class FunctionRunner {
  readonly #config: FunctionConfig;
  readonly #options: RunnerOptions;
  readonly #environments = new Set<ExecutionEnvironment>();
  /** Unused environments with the timers that end them; the last used one is taken first. */
  readonly #warm: { slot: Slot; expiry: NodeJS.Timeout }[] = [];

  constructor(config: FunctionConfig, options: RunnerOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** Runs one invocation in a warm environment, or in a new one when all are busy. */
  async run(requestId: string, event: string): Promise<RunResult> {
    let slot = this.#takeWarm();
    let init: Ending = { kind: 'ready' };
    let initMs: number | undefined;
    if (slot === undefined) {
      slot = this.#open(new Transcript(this.#options.log));
      slot.transcript.writeLine(`INIT_START Runtime Version: nodejs:24 (${process.version})`);
      const initStart = performance.now();
      init = await slot.environment.initialize(this.#options.initTimeoutMs);
      initMs = performance.now() - initStart;
    }

    slot.transcript.begin();
    slot.transcript.writeLine(`START RequestId: ${requestId} Version: $LATEST`);
    const start = performance.now();
    if (init.kind === 'timed-out') {
      // A slow init is done again as a part of the invocation, within the function's timeout.
      slot = this.#open(slot.transcript);
      init = await slot.environment.initialize(this.#config.timeoutSeconds * 1000);
    }
    const remainingMs = this.#config.timeoutSeconds * 1000 - (performance.now() - start);
    const ending = init.kind === 'ready' ? await this.#invoke(slot, requestId, event, remainingMs) : init;
    const result = this.#report(slot, ending, requestId, performance.now() - start, initMs);

    await this.#release(slot, init.kind === 'ready');
    return { ...result, logTail: slot.transcript.tail };
  }

  async close(): Promise<void> {
    for (const { expiry } of this.#warm) clearTimeout(expiry);
    await Promise.all([...this.#environments].map((environment) => environment.close()));
  }

  #open(transcript: Transcript): Slot {
    const { taskRoot, region } = this.#options;
    const environment = new ExecutionEnvironment(this.#config, taskRoot, region, (text) =>
      transcript.write(text),
    );
    this.#environments.add(environment);
    void environment.exited.then(() => this.#environments.delete(environment));
    return { environment, transcript };
  }

  #invoke(slot: Slot, requestId: string, event: string, remainingMs: number): Promise<Ending> {
    const request = {
      requestId,
      event,
      deadlineMs: Date.now() + Math.ceil(remainingMs),
      functionArn: this.#config.arn,
      traceId: newTraceId(),
    };
    return slot.environment.invoke(request, remainingMs);
  }

  #report(
    slot: Slot,
    ending: Ending,
    requestId: string,
    durationMs: number,
    initMs: number | undefined,
  ): InvocationResult {
    const outcome = outcomeOf(ending, requestId, this.#config.timeoutSeconds);
    const fields = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
      `Memory Size: ${this.#config.memoryMib} MB`,
      `Max Memory Used: ${slot.environment.memoryPeakMib} MB`,
    ];
    if (initMs !== undefined) fields.push(`Init Duration: ${initMs.toFixed(2)} ms`);
    for (const line of outcome.logLines) slot.transcript.writeLine(line);
    slot.transcript.writeLine(`END RequestId: ${requestId}`);
    slot.transcript.writeLine(fields.join('\t') + outcome.status);
    return outcome.result;
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

  async #release(slot: Slot, isInitialized: boolean): Promise<void> {
    if (!isInitialized || !slot.environment.isAlive) {
      await slot.environment.close();
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

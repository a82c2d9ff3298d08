import type { ServiceEvent } from '../delivery/target-call.ts';
import { type Authenticate, listenEndpoint } from '../endpoint/listen.ts';
import type { EventEnvelope, LocalService } from '../services.ts';
import { type Engine, type EngineOptions, openEngine } from './engine.ts';
import { answerEventsApi, refuseRequest } from './events-api.ts';
import type { PutEventsAnswer } from './put-events.ts';
import { answerSchedulerApi, refuseSchedulerRequest } from './scheduler-api.ts';

export interface EventsOptions extends EngineOptions {
  readonly port?: number;
  readonly schedulerPort?: number;
  readonly authenticate?: Authenticate;
  readonly authenticateScheduler?: Authenticate;
}

export interface LocalEvents extends LocalService {
  readonly schedulerEndpoint: string;
  /** Takes an event of an AWS service on the default bus: it is stored when this returns. */
  publish(event: EventEnvelope): void;
  /** The same on any bus. */
  putServiceEvent(event: ServiceEvent): void;
  /** PutEvents without HTTP. */
  putEvents(entries: readonly object[]): PutEventsAnswer;
  /** Does what is due now; it would be done within a second anyway. */
  wake(): void;
}

/** Looking at the clock each second, instead of sleeping until the next time, notices a laptop's sleep as well. */
const WAKE_INTERVAL_MS = 1_000;

/** Above the limit of PutEvents, with room for the JSON around the entries. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** EventBridge with its rules, and EventBridge Scheduler: goes on with what an earlier run left undelivered. */
export const startEvents = async (options: EventsOptions): Promise<LocalEvents> => {
  await using started = new AsyncDisposableStack();
  const engine = openEngine(options);
  started.defer(() => engine.close());
  const events = await listenEndpoint({
    port: options.port ?? 0,
    maxBodyBytes: MAX_BODY_BYTES,
    answer: (request) => answerEventsApi(engine, request, options.authenticate),
    refuse: refuseRequest,
  });
  started.defer(() => events.close());
  const scheduler = await listenEndpoint({
    port: options.schedulerPort ?? 0,
    maxBodyBytes: MAX_BODY_BYTES,
    answer: (request) => answerSchedulerApi(engine, request, options.authenticateScheduler),
    refuse: refuseSchedulerRequest,
  });
  started.defer(() => scheduler.close());
  wakeSafely(engine);
  const timer = setInterval(() => wakeSafely(engine), WAKE_INTERVAL_MS);
  started.defer(() => clearInterval(timer));
  const running = started.move();
  return {
    endpoint: events.endpoint,
    schedulerEndpoint: scheduler.endpoint,
    publish: engine.publish,
    putServiceEvent: engine.putServiceEvent,
    putEvents: (entries) => engine.putEvents({ Entries: entries }),
    wake: engine.wake,
    close: () => running.disposeAsync(),
  };
};

/** A full disk, for one: the next second may be better, and the other services go on. */
const wakeSafely = (engine: Engine): void => {
  try {
    engine.wake();
  } catch (error) {
    process.emitWarning(error as Error);
  }
};

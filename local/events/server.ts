import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { EventEnvelope, LocalService } from '../services.ts';
import { type Engine, type EngineOptions, openEngine } from './engine.ts';
import type { DeadLetter } from './event-store.ts';
import { type Authenticate, listenEvents } from './http-endpoint.ts';
import type { PutEventsAnswer } from './put-events.ts';

export interface EventsOptions extends EngineOptions {
  readonly port?: number;
  readonly authenticate?: Authenticate;
}

export interface LocalEvents extends LocalService {
  /** Takes an event of an AWS service on the default bus: it is stored when this returns. */
  publish(event: EventEnvelope): void;
  /** PutEvents without HTTP. */
  putEvents(entries: readonly object[]): PutEventsAnswer;
  /** Does what is due now; it would be done within a second anyway. */
  wake(): void;
  addDeadLetter(letter: Omit<DeadLetter, 'at'>): void;
  deadLetters(queueArn: string): readonly DeadLetter[];
}

/** Looking at the clock each second, instead of sleeping until the next time, notices a laptop's sleep as well. */
const WAKE_INTERVAL_MS = 1_000;

/** EventBridge with its rules, and EventBridge Scheduler: goes on with what an earlier run left undelivered. */
export const startEvents = async (options: EventsOptions): Promise<LocalEvents> => {
  const { clock = Date.now } = options;
  const engine = openEngine(options);
  const server = await listenEvents(options.port ?? 0, options.authenticate, engine.putEvents).catch(
    (error: unknown) => {
      engine.close();
      throw error;
    },
  );
  wakeSafely(engine);
  const timer = setInterval(() => wakeSafely(engine), WAKE_INTERVAL_MS);
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    publish: engine.publish,
    putEvents: (entries) => engine.putEvents({ Entries: entries }),
    wake: engine.wake,
    addDeadLetter: (letter) => engine.store.addDeadLetter({ ...letter, at: clock() }),
    deadLetters: (queueArn) => engine.store.deadLetters(queueArn),
    close: async () => {
      clearInterval(timer);
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      engine.close();
    },
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

import type { EventEnvelope } from '../services.ts';
import type { StatusEventStore } from './store/status-event-store.ts';

export type DeliverEvent = (event: EventEnvelope) => Promise<void>;

/** 0.1 s, 0.2 s, … up to 30 s between two attempts. */
const FIRST_RETRY_MILLISECONDS = 100;
const MAX_RETRY_MILLISECONDS = 30_000;

/**
 * Hands stored events over one after another, in the order of the changes, each until it is taken: a crash
 * can repeat one, but not lose it.
 */
export class StatusOutbox {
  readonly #events: StatusEventStore;
  readonly #deliver: DeliverEvent;
  #isDelivering = false;
  #isClosed = false;
  #retryMilliseconds = FIRST_RETRY_MILLISECONDS;
  #timer: NodeJS.Timeout | undefined;

  constructor(events: StatusEventStore, deliver: DeliverEvent) {
    this.#events = events;
    this.#deliver = deliver;
  }

  /** To be called after each commit, and at start for what the last run left. */
  wake(): void {
    if (!this.#isDelivering && this.#timer === undefined && !this.#isClosed) {
      this.#isDelivering = true;
      void this.#deliverAll();
    }
  }

  /** A delivery under way is not waited for: its event stays stored, and comes again. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #deliverAll(): Promise<void> {
    for (let next = this.#events.oldest(); next !== undefined; next = this.#events.oldest()) {
      const isTaken = await this.#deliver(next.event).then(
        () => true,
        // The receiver reports its own failures; here an event is either taken or tried again.
        () => false,
      );
      if (this.#isClosed) {
        return;
      }
      if (!isTaken) {
        this.#retryLater();
        break;
      }
      this.#events.remove(next.id);
      this.#retryMilliseconds = FIRST_RETRY_MILLISECONDS;
    }
    this.#isDelivering = false;
  }

  #retryLater(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.wake();
    }, this.#retryMilliseconds).unref();
    this.#retryMilliseconds = Math.min(this.#retryMilliseconds * 2, MAX_RETRY_MILLISECONDS);
  }
}

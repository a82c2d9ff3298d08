import { internalError } from './answer.ts';
import { runDueLifecycles } from './lifecycle-run.ts';
import type { S3Service } from './s3-service.ts';
import { settleRestores } from './settle-restores.ts';

const TICK_MILLISECONDS = 1000;

/** What S3 does by itself when its time has come, by the injected clock. */
export class Background {
  readonly #service: S3Service;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();

  constructor(service: S3Service) {
    this.#service = service;
    const tick = () => this.tick().catch((cause) => void internalError(cause));
    // A server that was not closed must not keep its process.
    this.#timer = setInterval(tick, TICK_MILLISECONDS).unref();
  }

  /** One run after the other. */
  tick(): Promise<void> {
    const run = this.#running.then(async () => {
      settleRestores(this.#service);
      await runDueLifecycles(this.#service);
    });
    this.#running = run.catch(() => {});
    return run;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }
}

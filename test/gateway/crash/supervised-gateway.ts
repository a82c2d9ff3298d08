import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';
import type { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const hook = fileURLToPath(new URL('crash-hook.ts', import.meta.url));

/** A gateway process that is started again whenever it dies, as systemd does. */
export class SupervisedGateway {
  /** Steps before which it dies, one a start, as `name#occurrence`; after these it lives. */
  readonly #crashes: string[];
  readonly #store: TestStore;
  readonly #stepsFile: string | undefined;
  #process: GatewayProcess | undefined;
  #isStopping = false;
  #url: string | undefined;
  /** How often it died of SIGKILL. */
  deaths = 0;
  #failure: unknown;
  #running: Promise<void> = Promise.resolve();

  private constructor(store: TestStore, crashes: readonly string[], stepsFile: string | undefined) {
    this.#store = store;
    this.#crashes = [...crashes];
    this.#stepsFile = stepsFile;
  }

  static start(
    store: TestStore,
    { crashes = [], stepsFile }: { crashes?: readonly string[]; stepsFile?: string },
  ): SupervisedGateway {
    const gateway = new SupervisedGateway(store, crashes, stepsFile);
    const running = gateway.#supervise().catch((error: unknown) => {
      gateway.#failure = error;
    });
    gateway.#running = running;
    onTestFinished(() => gateway.end());
    return gateway;
  }

  async end(): Promise<void> {
    this.#isStopping = true;
    await this.#process?.removeAll();
    await this.#running;
  }

  /** Where it answers; waits while it is down. */
  async url(): Promise<string> {
    await waitUntil('the gateway runs', () => {
      if (this.#failure) throw this.#failure;
      return this.#url !== undefined;
    });
    return this.#url ?? '';
  }

  async #supervise(): Promise<void> {
    while (!this.#isStopping) {
      const crashAt = this.#crashes.shift();
      const gateway = new GatewayProcess(['--config', this.#store.configFile], {
        NODE_OPTIONS: `--import=${hook}`,
        ...(crashAt !== undefined && { CRASH_AT: crashAt }),
        ...(this.#stepsFile !== undefined && { STEPS_TO: this.#stepsFile }),
      });
      this.#process = gateway;
      this.#url = await gateway.ready().catch(() => undefined);
      const { exitCode, stderr } = await gateway.finished();
      this.#url = undefined;
      if (this.#isStopping) return;
      if (exitCode !== null) throw new Error(`the gateway ended by itself with ${exitCode}:\n${stderr}`);
      this.deaths++;
    }
  }
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { activate } from '../../../gateway/activation.ts';
import { loadConfig } from '../../../gateway/config.ts';
import { type RunningGateway, startGateway } from '../../../gateway/gateway.ts';
import { createServer } from '../../../gateway/protocol/server.ts';
import { cloneByCopy } from './backup.ts';
import { Calls } from './calls.ts';
import { ServedService } from './served-service.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';
import { waitUntil } from './wait-until.ts';

const timing = {
  retryFirstMillis: 20,
  retryMaxSeconds: 0.1,
  commitCheckMillis: 20,
  pollMaxSeconds: 0.05,
  stallTimeoutSeconds: 2,
};

type Answer = Readonly<Record<string, unknown>>;

/** A gateway on a folder of its own, activated at a service whose functions are the real ones. */
export class ServedStore {
  readonly folder: string;
  readonly served: ServedService;
  readonly storeId: string;
  readonly logLines: string[] = [];
  #gateway: RunningGateway | undefined;

  private constructor(folder: string, served: ServedService, storeId: string) {
    this.folder = folder;
    this.served = served;
    this.storeId = storeId;
  }

  /** `prepare` is given the folder of the store before its gateway starts, and answers settings. */
  static async start(
    prepare: (folder: string, served: ServedService) => Promise<object> = async () => ({}),
  ): Promise<ServedStore> {
    const folder = await makeTemporaryFolder();
    const served = await ServedService.start();
    onTestFinished(() => served.stop());
    const { storeId, activation } = await served.ask('createStore', {}, { name: 'test-store' });
    const store = new ServedStore(folder, served, String(storeId));
    await mkdir(store.mountsDirectory);
    const config = {
      ...{ dataDirectory: join(folder, 'data'), mountsDirectory: store.mountsDirectory, timing },
      ...{ listen: { port: 0 }, service: { url: served.url }, snapshots: 'auto' },
      ...(await prepare(folder, served)),
    };
    await writeFile(store.#configFile, JSON.stringify(config));
    await activate(await loadConfig(store.#configFile), (activation as { code: string }).code);
    await store.startGateway();
    return store;
  }

  get #configFile(): string {
    return join(this.folder, 'gateway.json');
  }

  get mountsDirectory(): string {
    return join(this.folder, 'mounts');
  }

  async startGateway(): Promise<void> {
    const app = createServer({ write: (line) => void this.logLines.push(line) });
    const gateway = await startGateway(await loadConfig(this.#configFile), app, cloneByCopy);
    this.#gateway = gateway;
    let isStopped = false;
    const { stop } = gateway;
    gateway.stop = async () => {
      if (!isStopped) await stop();
      isStopped = true;
    };
    onTestFinished(() => gateway.stop());
  }

  async stopGateway(): Promise<void> {
    await this.#gateway?.stop();
  }

  calls(mount = 'orcl'): Calls {
    return new Calls(this.#gateway?.url ?? '', mount);
  }

  /** An admin makes a mount; answers its id. */
  async addMount(name = 'orcl', fields: object = {}): Promise<string> {
    const body = { storeId: this.storeId, name, expire: '1w', ...fields };
    return String((await this.served.ask('createMount', {}, body)).mountId);
  }

  async addReadyMount(name = 'orcl'): Promise<string> {
    const mountId = await this.addMount(name);
    await this.mountIs(mountId, 'ready');
    return mountId;
  }

  show(mountId: string): Promise<Answer> {
    return this.served.ask('showMount', { mountId });
  }

  mountIs(mountId: string, state: string): Promise<void> {
    return waitUntil(`the mount is ${state}`, async () => (await this.show(mountId)).state === state);
  }

  storeIs(state: string): Promise<void> {
    const { storeId } = this;
    return waitUntil(`the store is ${state}`, async () => {
      return (await this.served.ask('showStore', { storeId })).state === state;
    });
  }

  /** Until a report of the mount has these fields. */
  reports(mountId: string, isSo: (report: Answer) => boolean): Promise<void> {
    return waitUntil('the gateway reports it', async () => {
      const { storeReport } = await this.show(mountId);
      return storeReport !== undefined && isSo(storeReport as Answer);
    });
  }

  answers(code: number, mount = 'orcl'): Promise<void> {
    return waitUntil(
      `GET answers ${code}`,
      async () => (await this.calls(mount).status()).error_code === code,
    );
  }
}

import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { activate } from '../../../gateway/activation.ts';
import { type GatewayConfig, loadConfig } from '../../../gateway/config.ts';
import { type RunningGateway, startGateway } from '../../../gateway/gateway.ts';
import { createServer } from '../../../gateway/protocol/server.ts';
import type { CloneFile } from '../../../gateway/snapshots/copy-tree.ts';
import { FakeService } from './fake-service.ts';
import { FakeVault } from './fake-vault.ts';
import { GatewayProcess } from './gateway-process.ts';
import { waitUntil } from './wait-until.ts';

/** A store with its disk and the service that it talks to; gone when the test ends. */
export class TestStore {
  readonly folder: string;
  readonly vault: FakeVault;
  readonly service: FakeService;
  /** The log of gateways in this process. */
  readonly logLines: string[] = [];

  private constructor(folder: string, vault: FakeVault, service: FakeService) {
    this.folder = folder;
    this.vault = vault;
    this.service = service;
  }

  /** `mounts` are known to the service; `settings` are added to the configuration file. */
  static async make(options: TestStoreOptions = {}): Promise<TestStore> {
    const { mounts = ['testmount'], settings = {}, timing = {} } = options;
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-gateway-')));
    const vault = await FakeVault.start();
    const service = await FakeService.start(vault);
    const store = new TestStore(folder, vault, service);
    onTestFinished(async () => {
      await service.stop();
      await vault.stop();
      await rm(folder, { recursive: true, force: true });
      expect(service.violations).toEqual([]);
    });
    for (const name of mounts) service.state.addMount(name);
    await mkdir(store.mountsDirectory);
    await store.configure(settings, timing);
    return store;
  }

  get configFile(): string {
    return join(this.folder, 'gateway.json');
  }

  get mountsDirectory(): string {
    return join(this.folder, 'mounts');
  }

  get dataDirectory(): string {
    return join(this.folder, 'data');
  }

  oracleData(mount = 'testmount'): string {
    return join(this.mountsDirectory, mount, 'oracle_data');
  }

  async configure(settings: object, timing: object = {}): Promise<void> {
    const config = {
      dataDirectory: this.dataDirectory,
      mountsDirectory: this.mountsDirectory,
      listen: { port: 0 },
      service: { url: this.service.url },
      timing: {
        retryFirstMillis: 20,
        retryMaxSeconds: 0.2,
        commitCheckMillis: 20,
        pollMaxSeconds: 0.1,
        restoreReportSeconds: 0.1,
        stallTimeoutSeconds: 0.5,
        ...timing,
      },
      ...settings,
    };
    await writeFile(this.configFile, JSON.stringify(config));
  }

  loadConfig(): Promise<GatewayConfig> {
    return loadConfig(this.configFile);
  }

  async activate(): Promise<void> {
    await activate(await this.loadConfig(), this.service.state.code);
  }

  /** Activates where needed, starts a gateway in this process and waits until its mounts are there. */
  async start(clone?: CloneFile): Promise<RunningGateway> {
    const gateway = await this.startUnready(clone);
    await this.mountsAreReady();
    return gateway;
  }

  /** As `start`, without waiting for anything that the service has to tell. */
  async startUnready(clone?: CloneFile): Promise<RunningGateway> {
    if (this.service.state.token === undefined) await this.activate();
    const app = createServer({ write: (line) => void this.logLines.push(line) });
    const { stop, ...gateway } = await startGateway(await this.loadConfig(), app, clone);
    let stopped: Promise<void> | undefined;
    const stopOnce = () => {
      stopped ??= stop();
      return stopped;
    };
    onTestFinished(stopOnce);
    return { ...gateway, stop: stopOnce };
  }

  /** The same in a process of its own. */
  async spawn(
    variables: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly gateway: GatewayProcess; readonly url: string }> {
    if (this.service.state.token === undefined) await this.activate();
    const gateway = new GatewayProcess(['--config', this.configFile], variables);
    onTestFinished(() => gateway.removeAll());
    const url = await gateway.ready();
    await this.mountsAreReady();
    return { gateway, url };
  }

  mountsAreReady(): Promise<void> {
    const { mounts, reported } = this.service.state;
    return waitUntil('the mounts are ready', () =>
      mounts.every(({ mountId }) => reported.get(mountId) === 'ready'),
    );
  }
}

interface TestStoreOptions {
  readonly mounts?: readonly string[];
  readonly settings?: object;
  /** Added to the quick timing of tests. */
  readonly timing?: object;
}

import { randomBytes } from 'node:crypto';
import { mkdir, open, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { restoreSnapshot } from '../../../gateway/mover/restore/restore-snapshot.ts';
import type { MountId, RestoreId } from '../../../shared/domain/ids.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { endStaging } from '../../../shared/usecases/restores/end-staging.ts';
import { handOverRestore } from '../../../shared/usecases/restores/hand-over-restore.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { factsOf } from '../mover/sample-tree.ts';
import { type Calls, logFields } from '../support/calls.ts';
import { ServedStore } from '../support/served-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const timing = {
  retryFirstMillis: 5,
  retryMaxSeconds: 0.05,
  commitCheckMillis: 10,
  pollMaxSeconds: 0.05,
  requestTimeoutSeconds: 0.5,
  stallTimeoutSeconds: 0.3,
  restoreReportSeconds: 0.05,
};

/**
 * A first and an incremental backup, and a restore of each, by a gateway whose every request to the service and to the
 * vault goes through a proxy that lets things go wrong.
 */
export class FaultyDays {
  readonly proxy: FaultProxy;
  readonly store: ServedStore;
  readonly mountId: MountId;
  readonly #contents: Record<string, unknown>[] = [];

  private constructor(proxy: FaultProxy, store: ServedStore, mountId: MountId) {
    this.proxy = proxy;
    this.store = store;
    this.mountId = mountId;
  }

  static async begin(): Promise<FaultyDays> {
    let proxy: FaultProxy | undefined;
    const store = await ServedStore.start(async (_, served) => {
      proxy = await FaultProxy.start(served.url, (path) => path.includes('signed='));
      served.publicUrl = proxy.url;
      return { service: { url: proxy.url }, timing };
    });
    if (!proxy) throw new Error('there is no proxy');
    const { stop } = proxy;
    onTestFinished(stop.bind(proxy));
    return new FaultyDays(proxy, store, (await store.addReadyMount()) as MountId);
  }

  /** For a test with many of them. */
  async end(): Promise<void> {
    await this.store.stopGateway();
    await this.proxy.stop();
    await this.store.served.stop();
    await rm(this.store.folder, { recursive: true, force: true });
  }

  get #root(): string {
    return join(this.store.mountsDirectory, 'orcl');
  }

  get data(): string {
    return join(this.#root, 'oracle_data');
  }

  /** Backs up twice and restores both points. */
  async run(): Promise<void> {
    await mkdir(join(this.data, 'arch'));
    await writeFile(join(this.data, 'datafile'), randomBytes(600_000));
    await truncate(join(this.data, 'datafile'), 1_000_000);
    await writeFile(join(this.data, 'arch/1.arc'), 'log '.repeat(10_000));
    await symlink('datafile', join(this.data, 'latest'));
    await this.backUp();
    const file = await open(join(this.data, 'datafile'), 'r+');
    await file.write(randomBytes(8192), 0, 8192, 81_920);
    await file.close();
    await rm(join(this.data, 'arch/1.arc'));
    await writeFile(join(this.data, 'arch/2.arc'), randomBytes(20_000));
    await this.backUp();
    for (const [index, point] of (await this.points()).entries()) await this.restore(point, index);
  }

  async backUp(): Promise<void> {
    await this.freeze();
    const number = this.#contents.length;
    await waitUntil(`recovery point ${number}`, async () => (await this.points()).length === number);
  }

  /** What the DBA's script does, whether the service is there or not. */
  async freeze(): Promise<void> {
    const calls: Calls = this.store.calls();
    const number = this.#contents.length + 1;
    await waitUntil('the mount takes a backup', async () => (await calls.start()).error_code === 0);
    expect(await calls.uploadLog(logFields(`log ${number}\n`))).toMatchObject({ error_code: 0 });
    this.#contents.push(await factsOf(this.data));
    expect(await calls.finish()).toMatchObject({ error_code: 0 });
  }

  /** In their order. */
  async points(): Promise<readonly RecoveryPoint[]> {
    const { catalog } = this.store.served.service;
    const list = await catalog.recoveryPoints.list({ mountId: this.mountId }, { limit: 100 });
    return list.items.toSorted((one, other) => one.seq - other.seq);
  }

  /** By the gateway, through the proxy. */
  async restore({ recoveryPointId }: RecoveryPoint, index: number): Promise<void> {
    const { served } = this.store;
    const { service } = served;
    const ordered = await served.ask('createRestore', { recoveryPointId }, {});
    const restoreId = ordered.restoreId as RestoreId;
    service.workflows.addTask(restoreId);
    await handOverRestore(service, { restoreId, taskToken: restoreId });
    const isOurs = (call: object) => 'taskToken' in call && call.taskToken === restoreId;
    const ends = () => service.workflows.calls.filter((call) => isOurs(call) && !('heartbeat' === call.kind));
    await waitUntil('the restore is reported', () => ends().length === 1);
    const [end] = ends();
    expect(end, JSON.stringify(end)).toMatchObject({ kind: 'succeed', output: { state: 'completed' } });
    if (end?.kind === 'succeed') await endStaging(service, { restoreId, end: end.output as never });
    const staged = join(this.#root, 'restores', String(ordered.jobId));
    expect(await factsOf(staged)).toEqual(this.#contents[index]);
  }

  /** Everything that must be so whatever happened: each point restores, and nothing was stored twice. */
  async check(): Promise<void> {
    const { vault } = this.store.served.service;
    const points = await this.points();
    expect(points).toHaveLength(this.#contents.length);
    for (const [index, { mountId, recoveryPointId: uploadId, manifestSha256 }] of points.entries()) {
      const destination = join(this.store.folder, `check-${index}`);
      const get = async (key: string, range?: { readonly from: number; readonly to: number }) => {
        const asked = range && { from: range.from, toExclusive: range.to };
        return Buffer.concat(await Array.fromAsync((await vault.read(key, asked)) ?? []));
      };
      await restoreSnapshot({ mountId, uploadId, manifestSha256, source: { get }, destination });
      expect(await factsOf(destination)).toEqual(this.#contents[index]);
    }
    const { versions } = await vault.listVersions({ prefix: 'v1/' });
    const keys = versions.map(({ key }) => key);
    expect(keys.length).toBe(new Set(keys).size);
    const manifests = keys.filter((key) => key.includes('/manifest-'));
    expect(manifests).toHaveLength(points.length);
  }
}

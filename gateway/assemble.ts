import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MountId } from '../shared/domain/ids.ts';
import { Backups } from './backups/backups.ts';
import type { LogSpool } from './backups/log-spool.ts';
import { SnapshotOrders } from './backups/snapshot-orders.ts';
import type { GatewayConfig } from './config.ts';
import type { Connections } from './connections.ts';
import { DataKeys } from './encryption/data-keys.ts';
import { Encryption } from './encryption/encryption.ts';
import { MountExports, openExports } from './exports/mount-exports.ts';
import type { Journal } from './journal/journal.ts';
import type { Activity } from './metrics/activity.ts';
import { MountSpace } from './mounts/mount-space.ts';
import { type Mount, Mounts } from './mounts/mounts.ts';
import { Baselines } from './mover/baseline/baselines.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import { openRequests } from './requests/open-requests.ts';
import type { Requests } from './requests/requests.ts';
import { Removals } from './restores/removals.ts';
import { restoresAtOnce } from './restores/restore-run.ts';
import { Restores } from './restores/restores.ts';
import type { Pacing } from './retry.ts';
import { Semaphore } from './semaphore.ts';
import { Serializer } from './serializer.ts';
import { KeptSnapshots } from './snapshots/kept-snapshots.ts';
import type { SnapshotStore } from './snapshots/snapshot-store.ts';
import { LateLogs } from './uploads/late-logs.ts';
import { uploadsAtOnce } from './uploads/snapshot-upload.ts';
import { Uploads } from './uploads/uploads.ts';

/** What is opened before anything works with it. */
export interface Foundations {
  readonly config: GatewayConfig;
  readonly journal: Journal;
  readonly spool: LogSpool;
  readonly snapshots: SnapshotStore;
  readonly connections: Connections;
  readonly activity: Activity;
  readonly log: Log;
}

/** Everything of a gateway, put together and not yet at work. */
export interface Gateway extends Foundations {
  readonly clock: Clock;
  readonly pacing: Pacing;
  readonly mounts: Mounts;
  readonly space: MountSpace;
  readonly kept: KeptSnapshots;
  readonly uploads: Uploads;
  readonly lateLogs: LateLogs;
  readonly restores: Restores;
  readonly requests: Requests;
  readonly removals: Removals;
  readonly snapshotOrders: SnapshotOrders;
  readonly backups: Backups;
}

export function assemble(foundations: Foundations): Gateway {
  const { config, connections } = foundations;
  const clock = () => new Date();
  // Getters: a reload changes the configuration under those who wait.
  const pacing: Pacing = {
    get firstMillis() {
      return config.timing.retryFirstMillis;
    },
    get maxMillis() {
      return config.timing.retryMaxSeconds * 1000;
    },
    random: Math.random,
  };
  const dataKeys = new DataKeys(connections.service);
  const settings = () => config.encryption;
  const encryption = new Encryption({ dataKeys, settings, log: foundations.log });
  const { minFreeBytes } = config;
  const space = new MountSpace({ ...foundations, clock, minFreeBytes });
  const exports = new MountExports(openExports(config), config, foundations.log);
  const flushExports = () => exports.flush();
  const kept = new KeptSnapshots({ ...foundations, flushExports, clock });
  const common = { ...foundations, ...connections, kept, pacing, encryption, dataKeys };
  const baselinesFolder = (mountId: MountId) => join(config.dataDirectory, 'baselines', mountId);
  const mounts = new Mounts({
    ...foundations,
    ...{ exports, space, mountsDirectory: config.mountsDirectory },
    exportRoot: config.exportRoot ?? config.mountsDirectory,
    forgetBaselines: (mountId) => rm(baselinesFolder(mountId), { recursive: true, force: true }),
  });
  const lateLogs = new LateLogs(common);
  const uploads = new Uploads({
    ...common,
    onCommitted: () => lateLogs.wake(),
    moving: new Semaphore(uploadsAtOnce),
    baselinesOf: (mountId) =>
      Baselines.open(baselinesFolder(mountId), (error) =>
        foundations.log.warn({ mountId, err: error }, 'the next snapshot will be uploaded whole'),
      ),
    get uploadSettings() {
      return config.upload;
    },
    get commitCheckMillis() {
      return config.timing.commitCheckMillis;
    },
  });
  const restoring = {
    ...common,
    staging: new Semaphore(restoresAtOnce),
    get reportMillis() {
      return config.timing.restoreReportSeconds * 1000;
    },
  };
  const restores = new Restores(restoring, mounts);
  const removals = new Removals({ ...common, mounts });
  const turns = new Serializer();
  const inTurn = <T>(mount: Mount, task: () => Promise<T>) => turns.run(mount.mountId, task);
  const onFrozen = (mount: Mount) => uploads.wake(mount);
  const onLateLog = () => lateLogs.wake();
  const backups = new Backups({ ...common, mounts, space, clock, inTurn, onFrozen, onLateLog });
  const snapshotOrders = new SnapshotOrders({ ...common, backups, mounts });
  const requests = openRequests({ ...common, backups, clock }, mounts, onFrozen);
  return {
    ...foundations,
    clock,
    pacing,
    mounts,
    space,
    kept,
    uploads,
    lateLogs,
    restores,
    removals,
    requests,
    snapshotOrders,
    backups,
  };
}

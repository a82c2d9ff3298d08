import { rm } from 'node:fs/promises';
import { Server as HttpsServer } from 'node:https';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { MountId } from '../shared/domain/ids.ts';
import { Backups } from './backups/backups.ts';
import { LogSpool } from './backups/log-spool.ts';
import { SnapshotOrders } from './backups/snapshot-orders.ts';
import type { GatewayConfig } from './config.ts';
import { type Connections, connect } from './connections.ts';
import { prepareDirectories } from './directories.ts';
import { DataKeys } from './encryption/data-keys.ts';
import { Encryption } from './encryption/encryption.ts';
import { tellKeyProblems } from './encryption/key-problems.ts';
import { MountExports, openExports } from './exports/mount-exports.ts';
import { type Journal, openJournal } from './journal/journal.ts';
import { Activity } from './metrics/activity.ts';
import type { MetricsServer } from './metrics/serve-metrics.ts';
import { MountSpace } from './mounts/mount-space.ts';
import { type Mount, Mounts } from './mounts/mounts.ts';
import { Baselines } from './mover/baseline/baselines.ts';
import { type Network, openNetwork } from './network/network.ts';
import { type PollDependencies, pollUntil } from './polling/poll-loop.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import { ClientNetworks } from './protocol/client-networks.ts';
import { addProtocol } from './protocol/server.ts';
import { emptyTrashes, recover, removeLeftovers } from './recovery.ts';
import { applyChanges } from './reload.ts';
import { mountPathOf, openRequests } from './requests/open-requests.ts';
import type { Requests } from './requests/requests.ts';
import { Removals } from './restores/removals.ts';
import { restoresAtOnce } from './restores/restore-run.ts';
import { Restores } from './restores/restores.ts';
import { StagedRestores } from './restores/staged-restores.ts';
import type { Pacing } from './retry.ts';
import { Semaphore } from './semaphore.ts';
import { Serializer } from './serializer.ts';
import { loadCertificate, type ServerCertificate, warnOfExpiry } from './server-certificate.ts';
import { exclusionError, findExclusion } from './service/exclusion.ts';
import { findIdentity, IdentityError, type StoreIdentity } from './service/identity.ts';
import { snapshotAdapters } from './snapshots/adapters.ts';
import type { CloneFile } from './snapshots/copy-tree.ts';
import { cloneByReflink } from './snapshots/reflink.ts';
import { SnapshotStore } from './snapshots/snapshot-store.ts';
import { LateLogs } from './uploads/late-logs.ts';
import { uploadsAtOnce } from './uploads/snapshot-upload.ts';
import { Uploads } from './uploads/uploads.ts';
import { KnownVault } from './vault/known-vault.ts';

export interface RunningGateway {
  readonly url: string;
  /** Takes another configuration while work goes on. Throws ConfigError, and changes nothing, when it cannot. */
  reload(next: GatewayConfig): Promise<void>;
  /** Ends calls in progress, breaks off transfers; the next start goes on with these. */
  stop(): Promise<void>;
}

/** Starts the gateway on a server that has no routes yet. Resolves when it answers calls. */
export async function startGateway(
  given: GatewayConfig,
  app: FastifyInstance,
  clone: CloneFile = cloneByReflink,
): Promise<RunningGateway> {
  const config = await prepareDirectories(given);
  const { dataDirectory } = config;
  app.log.level = config.log.level;
  const journal = openJournal(dataDirectory);
  try {
    const identity = await findIdentity(dataDirectory);
    if (!identity) {
      throw new IdentityError('this store is not activated: run the command "activate" with a code');
    }
    const spool = await LogSpool.open(dataDirectory, config);
    const snapshots = await SnapshotStore.open(config, snapshotAdapters(clone));
    const activity = new Activity();
    const network = await openWatched(config, activity);
    const connections = connect(config, identity, network);
    const gateway = assemble({ config, journal, spool, snapshots, connections, activity, log: app.log });
    return await run(gateway, app, identity, given);
  } catch (error) {
    await app.close();
    journal.close();
    throw error;
  }
}

interface Foundations {
  readonly config: GatewayConfig;
  readonly journal: Journal;
  readonly spool: LogSpool;
  readonly snapshots: SnapshotStore;
  readonly connections: Connections;
  readonly activity: Activity;
  readonly log: Log;
}

interface Gateway extends Foundations {
  readonly clock: Clock;
  readonly pacing: Pacing;
  readonly mounts: Mounts;
  readonly space: MountSpace;
  readonly uploads: Uploads;
  readonly lateLogs: LateLogs;
  readonly restores: Restores;
  readonly requests: Requests;
  readonly removals: Removals;
  readonly snapshotOrders: SnapshotOrders;
  readonly backups: Backups;
}

function assemble(foundations: Foundations): Gateway {
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
  const common = { ...foundations, ...connections, pacing, encryption, dataKeys };
  const { minFreeBytes } = config;
  const space = new MountSpace({ ...foundations, clock, minFreeBytes });
  const exports = new MountExports(openExports(config), config, foundations.log);
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
    uploads,
    lateLogs,
    restores,
    removals,
    requests,
    snapshotOrders,
    backups,
  };
}

async function run(
  gateway: Gateway,
  app: FastifyInstance,
  { storeId, token }: StoreIdentity,
  given: GatewayConfig,
): Promise<RunningGateway> {
  const {
    config,
    journal,
    connections,
    mounts,
    uploads,
    lateLogs,
    restores,
    requests,
    removals,
    snapshotOrders,
    snapshots,
    log,
  } = gateway;
  await requests.recover();
  const leftovers = await recover(gateway);
  await mounts.publish();
  const calls = {
    ...gateway,
    mountPathOf: (mount: Mount) => mountPathOf(config, mount),
    restores: new StagedRestores(gateway),
  };
  const clients = new ClientNetworks(config.allowedClients);
  await addProtocol(app, clients, calls);
  const url = await app.listen({ host: config.listen.host, port: config.listen.port });
  log.info({ storeId, bootId: journal.link.bootId, snapshots: snapshots.kind, url }, 'gateway started');
  await tellKeyProblems(config.encryption, log);
  const metrics = await openMetrics(gateway, storeId);

  const stopping = new AbortController();
  const deletions = emptyTrashes(mounts, log);
  const polling = pollUntil(stopping.signal, {
    ...gateway,
    ...connections,
    storeId,
    ...followVerdicts(gateway, token, () => removeLeftovers(gateway, leftovers)),
    capabilities: capabilitiesOf(gateway),
    get maxPauseMillis() {
      return config.timing.pollMaxSeconds * 1000;
    },
  });
  const reload = async (next: GatewayConfig) => {
    const certificate = next.listen.tls && (await loadCertificate(next.listen.tls));
    const network = await openWatched(next, gateway.activity);
    const changed = applyChanges(config, given, next);
    connections.reroute(network);
    if (certificate) useCertificate(app, certificate, log);
    clients.replace(config.allowedClients);
    app.log.level = config.log.level;
    log.info({ changed }, 'configuration read again');
    await mounts.publish();
  };
  const stop = async () => {
    stopping.abort();
    await Promise.all([app.close(), metrics?.close()]);
    // Polling ends before the restores do, for a poll may start one.
    await polling;
    await Promise.all([
      uploads.stop(),
      lateLogs.stop(),
      restores.stop(),
      requests.stop(),
      removals.stop(),
      snapshotOrders.stop(),
      deletions,
    ]);
    await connections.close();
    journal.close();
  };
  return { url, reload, stop };
}

/** What the service may order. Orders that need what is not listed here are refused by it. */
const capabilitiesOf = ({ snapshots, config, mounts }: Gateway): string[] => [
  `snapshots:${snapshots.kind}`,
  `exports:${config.exports.kind}`,
  'stage-restore',
  'backup-request',
  'restore-options',
  'restore-targets',
  'staged-leases',
  'clones',
  'take-snapshot',
  'mount-deletion',
  'decommission',
  ...(mounts.hasQuotas ? ['quota'] : []),
];

/** Opens the ways out, and takes note of what goes there. */
function openWatched(
  { network, dataDirectory }: Pick<GatewayConfig, 'dataDirectory' | 'network'>,
  activity: Activity,
): Promise<Network> {
  const vault = new KnownVault(dataDirectory);
  return openNetwork(network, (farEnd, status, origin) => {
    activity.countRequest(farEnd, status);
    if (farEnd === 'vault') vault.note(origin);
  });
}

/** Loaded only where it is wanted, for it takes time and memory. */
async function openMetrics(gateway: Gateway, storeId: string): Promise<MetricsServer | undefined> {
  const { config, log } = gateway;
  if (!config.metrics) return undefined;
  const { serveMetrics } = await import('./metrics/serve-metrics.ts');
  return serveMetrics(config.metrics, { ...gateway, storeId }, log);
}

/** What the service's verdict on this gateway, with each poll, means for its work. */
function followVerdicts(
  {
    journal,
    connections: { service },
    activity,
    clock,
    mounts,
    uploads,
    lateLogs,
    restores,
    requests,
    log,
  }: Gateway,
  token: string,
  onFirstAccepted: () => Promise<void>,
): Pick<PollDependencies, 'onAccepted' | 'onRefused'> {
  let isFirst = true;
  const excluded = journal.exclusion.find();
  if (excluded) log.error({ exclusion: excluded }, exclusionError(excluded).message);
  return {
    async onAccepted() {
      activity.markPolled();
      if (journal.exclusion.find()) journal.exclusion.end();
      uploads.begin(mounts.all());
      lateLogs.begin();
      if (isFirst) await onFirstAccepted();
      isFirst = false;
    },
    async onRefused(error, signal) {
      const exclusion = await findExclusion(error, { service, token, clock }, signal).catch(() => undefined);
      if (!exclusion) return false;
      const known = journal.exclusion.find();
      if (known?.kind !== exclusion.kind) {
        journal.exclusion.set(exclusion);
        log.error({ exclusion }, exclusionError(exclusion).message);
      }
      await Promise.all([uploads.stop(), lateLogs.stop(), restores.stop(), requests.stop()]);
      return true;
    },
  };
}

/** For the connections that come from now on. */
function useCertificate(app: FastifyInstance, certificate: ServerCertificate, log: Log): void {
  if (app.server instanceof HttpsServer) app.server.setSecureContext(certificate);
  warnOfExpiry(certificate, new Date(), log);
}

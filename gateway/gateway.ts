import { Server as HttpsServer } from 'node:https';
import type { FastifyInstance } from 'fastify';
import { assemble, type Gateway } from './assemble.ts';
import { LogSpool } from './backups/log-spool.ts';
import type { GatewayConfig } from './config.ts';
import { connect } from './connections.ts';
import { prepareDirectories } from './directories.ts';
import { tellKeyProblems } from './encryption/key-problems.ts';
import { openJournal } from './journal/journal.ts';
import { Activity } from './metrics/activity.ts';
import type { MetricsServer } from './metrics/serve-metrics.ts';
import type { Mount } from './mounts/mounts.ts';
import { type Network, openNetwork } from './network/network.ts';
import { Doorbell } from './polling/doorbell.ts';
import { type PollDependencies, pollUntil } from './polling/poll-loop.ts';
import type { Log } from './ports/log.ts';
import { ClientNetworks } from './protocol/client-networks.ts';
import { addProtocol } from './protocol/server.ts';
import { emptyTrashes, recover, removeLeftovers } from './recovery.ts';
import { applyChanges } from './reload.ts';
import { mountPathOf } from './requests/open-requests.ts';
import { StagedRestores } from './restores/staged-restores.ts';
import { loadCertificate, type ServerCertificate, warnOfExpiry } from './server-certificate.ts';
import { exclusionError, findExclusion } from './service/exclusion.ts';
import { findIdentity, IdentityError, type StoreIdentity } from './service/identity.ts';
import { snapshotAdapters } from './snapshots/adapters.ts';
import type { CloneFile } from './snapshots/copy-tree.ts';
import { requireKeepable } from './snapshots/kept-snapshots.ts';
import { cloneByReflink } from './snapshots/reflink.ts';
import { SnapshotStore } from './snapshots/snapshot-store.ts';
import { KnownVault } from './vault/known-vault.ts';

export interface RunningGateway {
  readonly url: string;
  /** Takes another configuration while work goes on. Throws ConfigError, and changes nothing, when it cannot. */
  reload(next: GatewayConfig): Promise<void>;
  /** Asks the service for orders now, whenever the next poll would be. */
  pollNow(): void;
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
    requireKeepable(config, snapshots);
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
  const doorbell = new Doorbell();
  const deletions = emptyTrashes(mounts, log);
  const polling = pollUntil(stopping.signal, {
    ...gateway,
    ...connections,
    storeId,
    doorbell,
    ...followVerdicts(gateway, token, () => removeLeftovers(gateway, leftovers)),
    capabilities: capabilitiesOf(gateway),
    get maxPauseMillis() {
      return config.timing.pollMaxSeconds * 1000;
    },
  });
  const reload = async (next: GatewayConfig) => {
    requireKeepable(next, snapshots);
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
  return { url, reload, pollNow: () => doorbell.ring(), stop };
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

import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Agent } from 'undici';
import { Backups } from './backups/backups.ts';
import { LogSpool } from './backups/log-spool.ts';
import type { GatewayConfig } from './config.ts';
import { prepareDirectories } from './directories.ts';
import { type Journal, openJournal } from './journal/journal.ts';
import { type Mount, Mounts } from './mounts/mounts.ts';
import { pollUntil } from './polling/poll-loop.ts';
import { ClientNetworks } from './protocol/client-networks.ts';
import { addProtocol } from './protocol/server.ts';
import { Restores } from './restores/restores.ts';
import { emptyTrash, StagedRestores } from './restores/staged-restores.ts';
import type { Pacing } from './retry.ts';
import { Semaphore } from './semaphore.ts';
import { Serializer } from './serializer.ts';
import { findIdentity, IdentityError, type StoreIdentity } from './service/identity.ts';
import { ServiceClient } from './service/service-client.ts';
import type { CloneFile } from './snapshots/copy-tree.ts';
import { cloneByReflink } from './snapshots/reflink.ts';
import { SnapshotStore } from './snapshots/snapshot-store.ts';
import { uploadsAtOnce } from './uploads/snapshot-upload.ts';
import { Uploads } from './uploads/uploads.ts';

export interface RunningGateway {
  readonly url: string;
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
  const journal = openJournal(config.dataDirectory);
  try {
    const identity = await findIdentity(config.dataDirectory);
    if (!identity)
      throw new IdentityError('this store is not activated: run the command "activate" with a code');
    const snapshots = await SnapshotStore.open(config.mountsDirectory, config.dataDirectory, clone);
    return await assemble(config, app, journal, identity, snapshots);
  } catch (error) {
    await app.close();
    journal.close();
    throw error;
  }
}

async function assemble(
  config: GatewayConfig,
  app: FastifyInstance,
  journal: Journal,
  identity: StoreIdentity,
  snapshots: SnapshotStore,
): Promise<RunningGateway> {
  const { dataDirectory, mountsDirectory, exportRoot = mountsDirectory, timing } = config;
  const { log } = app;
  const clock = () => new Date();
  const mounts = new Mounts(journal, mountsDirectory, log);
  const spool = await LogSpool.open(dataDirectory, config.maxLogBytes);
  const { service, vault, closeConnections } = connect(config, identity);
  const pacing: Pacing = {
    firstMillis: timing.retryFirstMillis,
    maxMillis: timing.retryMaxSeconds * 1000,
    random: Math.random,
  };
  const common = { journal, snapshots, spool, service, vault, pacing, log };
  const uploads = new Uploads({
    ...common,
    moving: new Semaphore(uploadsAtOnce),
    commitCheckMillis: timing.commitCheckMillis,
  });
  const restores = new Restores({ ...common, reportMillis: timing.restoreReportSeconds * 1000 }, mounts);
  const turns = new Serializer();
  const inTurn = <T>(mount: Mount, task: () => Promise<T>) => turns.run(mount.mountId, task);
  const onFrozen = (mount: Mount) => uploads.wake(mount);
  const backups = new Backups({ ...common, mounts, clock, inTurn, onFrozen });
  await recover({ journal, mounts, backups, spool });

  const mountPathOf = ({ name }: Mount) => join(exportRoot, name, 'oracle_data');
  const clients = new ClientNetworks(config.allowedClients);
  await addProtocol(app, clients, {
    backups,
    spool,
    clock,
    mountPathOf,
    restores: new StagedRestores(journal),
  });
  const url = await app.listen(config.listen);
  log.info({ storeId: identity.storeId, snapshots: snapshots.kind, url }, 'gateway started');

  const stopping = new AbortController();
  for (const mount of mounts.all()) uploads.wake(mount);
  const trash = emptyTrashes(mounts, log);
  const { storeId } = identity;
  const capabilities = [`snapshots:${snapshots.kind}`, 'stage-restore'];
  const maxPauseMillis = timing.pollMaxSeconds * 1000;
  const polling = pollUntil(stopping.signal, {
    ...common,
    storeId,
    capabilities,
    mounts,
    restores,
    maxPauseMillis,
  });

  const stop = async () => {
    stopping.abort();
    await app.close();
    // Polling ends before the restores do, for a poll may start one.
    await polling;
    await Promise.all([uploads.stop(), restores.stop(), trash]);
    await closeConnections();
    journal.close();
  };
  return { url, stop };
}

function connect({ service: { url }, timing }: GatewayConfig, { token }: StoreIdentity) {
  const toService = new Agent();
  // Transfers end by their own stall timeout: how long one takes in all says nothing.
  const toVault = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  return {
    service: new ServiceClient({
      url,
      token,
      timeoutMillis: timing.requestTimeoutSeconds * 1000,
      dispatcher: toService,
    }),
    vault: { dispatcher: toVault, stallMillis: timing.stallTimeoutSeconds * 1000 },
    closeConnections: () => Promise.all([toService.destroy(), toVault.destroy()]),
  };
}

/** Undoes what a crash left half done; uploads and restores go on by themselves. */
async function recover({
  journal,
  mounts,
  backups,
  spool,
}: {
  journal: Journal;
  mounts: Mounts;
  backups: Backups;
  spool: LogSpool;
}): Promise<void> {
  for (const snapshot of journal.snapshots.allFreezing()) {
    const mount = mounts.find(snapshot.mountId);
    if (mount) await backups.undoFreeze(mount, snapshot);
  }
  await spool.removeAllBut(new Set(journal.logs.all().map(({ logId }) => logId)));
}

async function emptyTrashes(mounts: Mounts, log: FastifyInstance['log']): Promise<void> {
  for (const mount of mounts.all()) {
    await emptyTrash(mount).catch((error: unknown) => {
      log.warn({ mount: mount.name, err: error }, 'deleted data could not be removed from the disk yet');
    });
  }
}

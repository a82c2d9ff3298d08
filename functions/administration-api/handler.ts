import { databaseReportRoutes } from '../../shared/contracts/database-reports.ts';
import { manualBackupRoutes } from '../../shared/contracts/manual-backups.ts';
import { troveRoutes } from '../../shared/contracts/trove-backups.ts';
import { databaseName } from '../../shared/domain/administration/backup-identity.ts';
import type { Database } from '../../shared/domain/database.ts';
import { type VolumeArchive, volumes } from '../../shared/domain/volume.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Events } from '../../shared/ports/events.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import type { Workflows } from '../../shared/ports/workflows.ts';
import {
  abortBackup,
  backupProgress,
  presentProgress,
} from '../../shared/usecases/administration/backup-progress.ts';
import { changeExpiration } from '../../shared/usecases/administration/change-expiration.ts';
import { deleteUnusable } from '../../shared/usecases/administration/delete-unusable.ts';
import { findBackup } from '../../shared/usecases/administration/find-backup.ts';
import { listAllDatabases } from '../../shared/usecases/administration/list-all-databases.ts';
import { listBackups, showBackup } from '../../shared/usecases/administration/list-backups.ts';
import {
  type AgentOf,
  agentId,
  requireAgentOf,
  resolveDatabase,
} from '../../shared/usecases/administration/resolve-database.ts';
import { startBackup } from '../../shared/usecases/administration/start-backup.ts';
import { listReports, showReport } from '../../shared/usecases/report/list-reports.ts';
import { deletePoint } from '../../shared/usecases/retention/delete-point.ts';
import { createPointContents } from '../../shared/usecases/retention/point-contents.ts';
import { createTroveBackup } from '../../shared/usecases/trove/create-trove-backup.ts';
import { deleteTroveBackup } from '../../shared/usecases/trove/delete-trove-backup.ts';
import { findTroveBackup } from '../../shared/usecases/trove/find-trove-backup.ts';
import { presentBackup } from '../../shared/usecases/trove/trove-backup.ts';
import { serveArea } from '../http/serve-area.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import { presentList } from './present-list.ts';

/** The APIs that scripts of other backup systems know, over the same use cases as our own; and the report on their databases. */
export function createAdministrationApi({
  telemetry,
  ...ports
}: {
  catalog: Catalog;
  vault: Pick<Vault, 'read' | 'putOnce' | 'listVersions'>;
  workflows: Workflows;
  events: Events;
  clock: Clock;
  ids: Ids;
  backupQuota: number;
  telemetry: Telemetry;
  /** Of the volume that the deployment makes. */
  archive?: VolumeArchive | undefined;
}) {
  const { catalog, vault, archive } = ports;
  /** Judgements never change, but a function lives for hours, and sees every mount: each request has its own. */
  const fresh = () => ({ ...ports, contents: createPointContents(vault) });
  const noteFailure = (databaseId: string, error: unknown) =>
    telemetry.logger.error('database not reported', { databaseId, error: error as Error });
  return serveArea(
    { ...manualBackupRoutes, ...troveRoutes, ...databaseReportRoutes },
    {
      getDatabases: async ({ query }) => {
        const { items, agents, ...page } = await listAllDatabases(catalog, query);
        return { ...page, items: [...items.map(presentDatabase), ...agents.map(presentAgent)] };
      },
      getDatabase: async ({ params }) => {
        const { database, agents } = await resolveDatabase(catalog, params.databaseId);
        return database ? presentDatabase(database) : presentAgent(requireAgentOf({ agents }));
      },
      getVolumes: async ({ params }) => {
        await resolveDatabase(catalog, params.databaseId);
        return presentVolumes(archive);
      },
      listVolumes: async () => presentVolumes(archive),
      getBackups: ({ params, query }) => listBackups(fresh(), params.databaseId, query),
      startBackup: async ({ caller, params, body }) => {
        const request = await startBackup(ports, caller, { ...params, ...body });
        const { Name: name, requestId, notes } = presentProgress(request);
        return { requestId, name, level: request.level ?? 0, notes };
      },
      abortBackup: ({ caller, params }) => abortBackup(ports, caller, params.databaseId),
      getBackupProgress: ({ params }) => backupProgress(catalog, params.databaseId),
      getBackup: ({ params }) => showBackup(fresh(), params),
      changeBackupExpiration: async ({ caller, params, body }) => {
        const dependencies = fresh();
        await changeExpiration(dependencies, caller, { ...params, ...body });
        return showBackup(dependencies, params);
      },
      deleteUnusableBackups: ({ caller, params, query }) =>
        deleteUnusable(fresh(), caller, params.databaseId, query.from),
      removeBackup: async ({ caller, params }) => {
        const dependencies = fresh();
        const { backup, number: bid } = await findBackup(dependencies, params);
        const { recoveryPointId } = backup.point;
        const { state, deletion } = await deletePoint(dependencies, caller, recoveryPointId);
        return { bid, recoveryPointId, state, ...(deletion && { reclaimAfter: deletion.reclaimAfter }) };
      },
      listDatabaseReports: ({ query }) => listReports({ ...ports, onError: noteFailure }, query),
      showDatabaseReport: ({ params }) => showReport(ports, params.databaseId),
      createBackup: async ({ caller, body, idempotency }) => {
        const request = await createTroveBackup(ports, caller, { ...body, idempotency });
        return { backup: await presentBackup(catalog, { request }) };
      },
      listBackups: async ({ caller, query }) => presentList(catalog, caller, query),
      showBackup: async ({ caller, params }) => {
        const source = await findTroveBackup(catalog, caller, params.backupId);
        return { backup: await presentBackup(catalog, source) };
      },
      deleteBackup: async ({ caller, params }) => {
        const dependencies = fresh();
        await deleteTroveBackup(dependencies, caller, params.backupId);
        const source = await findTroveBackup(catalog, caller, params.backupId);
        return { backup: await presentBackup(catalog, source) };
      },
    },
    telemetry,
  );
}

const presentVolumes = (archive: VolumeArchive | undefined) => ({
  items: volumes.map(({ volumeId: id, ...volume }) => ({ id, ...volume, ...(archive && { archive }) })),
});

function presentDatabase({ databaseId: id, lastPointAt: lastBackupAt, version = '', ...facts }: Database) {
  return { ...facts, id, name: databaseName({ ...facts, databaseId: id }), version, lastBackupAt };
}

/** A database that an agent is configured for, and that has no backup yet. */
const presentAgent = (agent: AgentOf) => ({
  ...{ id: agentId(agent), name: agent.name, version: '', mountIds: [agent.mountId] },
});

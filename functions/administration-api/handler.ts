import { manualBackupRoutes } from '../../shared/contracts/manual-backups.ts';
import { databaseName } from '../../shared/domain/administration/backup-identity.ts';
import type { Database } from '../../shared/domain/database.ts';
import { volumes } from '../../shared/domain/volume.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { changeExpiration } from '../../shared/usecases/administration/change-expiration.ts';
import { deleteUnusable } from '../../shared/usecases/administration/delete-unusable.ts';
import { findBackup } from '../../shared/usecases/administration/find-backup.ts';
import { listBackups, showBackup } from '../../shared/usecases/administration/list-backups.ts';
import { findDatabase } from '../../shared/usecases/list-databases.ts';
import { deletePoint } from '../../shared/usecases/retention/delete-point.ts';
import { createPointContents } from '../../shared/usecases/retention/point-contents.ts';
import { serveArea } from '../http/serve-area.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** The APIs that scripts of other backup systems know, over the same use cases as our own. */
export function createAdministrationApi({
  telemetry,
  ...ports
}: {
  catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'databases' | 'holds' | 'plans' | 'outbox'>;
  vault: Pick<Vault, 'read' | 'putOnce' | 'listVersions'>;
  clock: Clock;
  ids: Ids;
  telemetry: Telemetry;
}) {
  const { catalog, vault } = ports;
  /** Judgements never change, but a function lives for hours, and sees every mount: each request has its own. */
  const fresh = () => ({ ...ports, contents: createPointContents(vault) });
  return serveArea(
    manualBackupRoutes,
    {
      getDatabases: async ({ query }) => {
        const { items, ...page } = await catalog.databases.list(query);
        return { ...page, items: items.map(presentDatabase) };
      },
      getDatabase: async ({ params }) => presentDatabase(await findDatabase(catalog, params.databaseId)),
      getVolumes: async ({ params }) => {
        await findDatabase(catalog, params.databaseId);
        return { items: volumes.map(({ volumeId: id, ...volume }) => ({ id, ...volume })) };
      },
      getBackups: ({ params, query }) => listBackups(fresh(), params.databaseId, query),
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
    },
    telemetry,
  );
}

function presentDatabase({ databaseId: id, lastPointAt: lastBackupAt, version = '', ...facts }: Database) {
  return { ...facts, id, name: databaseName({ ...facts, databaseId: id }), version, lastBackupAt };
}

import { databaseRoutes } from '../../shared/contracts/databases.ts';
import { describeDatabases, filesOfDatabase, missingFiles } from '../../shared/domain/file-map/list-files.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { findDatabase, listPointsOfDatabase } from '../../shared/usecases/list-databases.ts';
import { listAdditionalFiles, listFromMap } from '../../shared/usecases/list-mapped-files.ts';
import { serveArea } from '../http/serve-area.ts';
import { presentFile } from '../recovery-points-api/present-file.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** Databases, and the files of recovery points by database. */
export function createDatabasesApi({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'databases' | 'recoveryPoints'>;
  vault: Pick<Vault, 'read'>;
  telemetry: Telemetry;
}) {
  const { catalog } = dependencies;
  return serveArea(
    databaseRoutes,
    {
      listPointDatabases: async ({ caller, params, query }) => {
        const { recoveryPointId } = params;
        const { map, ...page } = await listFromMap(
          dependencies,
          caller,
          recoveryPointId,
          query,
          describeDatabases,
        );
        const { number, logs, additional, doubts } = map;
        return { ...page, fileMap: { number }, logs, additional, doubts: doubts.length };
      },
      listDatabaseFiles: ({ caller, params: { recoveryPointId, dbid }, query }) =>
        listFromMap(dependencies, caller, recoveryPointId, query, (map) => filesOfDatabase(map, dbid)),
      listAdditionalFiles: async ({ caller, params, query }) => {
        const page = await listAdditionalFiles(dependencies, caller, params.recoveryPointId, query);
        return { ...page, items: page.items.map(presentFile) };
      },
      listMissingFiles: ({ caller, params, query }) =>
        listFromMap(dependencies, caller, params.recoveryPointId, query, missingFiles),
      listFileMapDoubts: ({ caller, params, query }) =>
        listFromMap(dependencies, caller, params.recoveryPointId, query, ({ doubts }) => doubts),
      listDatabases: ({ query }) => catalog.databases.list(query),
      showDatabase: ({ params }) => findDatabase(catalog, params.databaseId),
      listPointsOfDatabase: ({ params, query }) => listPointsOfDatabase(catalog, params.databaseId, query),
    },
    telemetry,
  );
}

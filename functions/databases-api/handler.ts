import { ageRoutes } from '../../shared/contracts/ages.ts';
import { databaseRoutes } from '../../shared/contracts/databases.ts';
import { recoveryWindowRoutes } from '../../shared/contracts/recovery-windows.ts';
import { describeDatabases, filesOfDatabase, missingFiles } from '../../shared/domain/file-map/list-files.ts';
import { judgePoint } from '../../shared/domain/recoverability/judge-recoverability.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { ageOfDatabase } from '../../shared/usecases/backup-age.ts';
import { findDatabase, listPointsOfDatabase } from '../../shared/usecases/list-databases.ts';
import { listAdditionalFiles, listFromMap } from '../../shared/usecases/list-mapped-files.ts';
import { findPointForTime, listRecoveryWindows } from '../../shared/usecases/recovery-windows.ts';
import { serveArea } from '../http/serve-area.ts';
import { presentFile } from '../recovery-points-api/present-file.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import { presentPoint, presentVerdict, readOffset } from './present-recoverability.ts';

/** Databases, and the files of recovery points by database. */
export function createDatabasesApi({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'databases' | 'recoveryPoints'>;
  vault: Pick<Vault, 'read'>;
  clock: Clock;
  telemetry: Telemetry;
}) {
  const { catalog } = dependencies;
  return serveArea(
    { ...databaseRoutes, ...recoveryWindowRoutes, checkDatabaseAge: ageRoutes.checkDatabaseAge },
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
        const verdicts = new Map(judgePoint(map).map((verdict) => [verdict.dbid, presentVerdict(verdict)]));
        const items = page.items.map((item) => {
          const recoverability = verdicts.get(item.dbid);
          return { ...item, ...(recoverability && { recoverability }) };
        });
        return { ...page, items, fileMap: { number }, logs, additional, doubts: doubts.length };
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
      listRecoveryWindows: async ({ params, query }) => {
        const { items, ...page } = await listRecoveryWindows(dependencies, params.databaseId, query);
        return { ...page, items: items.map(presentPoint) };
      },
      findRecoveryPointFor: async ({ params, query: { time, hostOffset } }) => {
        const offsetMinutes = readOffset(hostOffset);
        const answer = await findPointForTime(dependencies, params.databaseId, { time, offsetMinutes });
        if (answer.outcome === 'none') return answer;
        const { found, ...said } = answer;
        return { ...said, recoveryPoint: presentPoint(found) };
      },
      checkDatabaseAge: ({ params, query }) => ageOfDatabase(dependencies, params.databaseId, query),
      listPointsOfDatabase: ({ params, query }) => listPointsOfDatabase(catalog, params.databaseId, query),
    },
    telemetry,
  );
}

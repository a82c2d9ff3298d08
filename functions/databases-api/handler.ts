import { ageRoutes } from '../../shared/contracts/ages.ts';
import { databaseRoutes } from '../../shared/contracts/databases.ts';
import { recoveryWindowRoutes } from '../../shared/contracts/recovery-windows.ts';
import { restoreScriptRoutes } from '../../shared/contracts/restore-scripts.ts';
import { filesOfDatabase, missingFiles } from '../../shared/domain/file-map/list-files.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { findDatabase, listJudgedPoints } from '../../shared/usecases/databases/list-databases.ts';
import { listAdditionalFiles, listFromMap } from '../../shared/usecases/databases/list-mapped-files.ts';
import { listPointDatabases } from '../../shared/usecases/databases/list-point-databases.ts';
import { findPointForTime, listRecoveryWindows } from '../../shared/usecases/databases/recovery-windows.ts';
import { ageOfDatabase } from '../../shared/usecases/mounts/backup-age.ts';
import { scriptsOfPoint } from '../../shared/usecases/restores/make-restore-scripts.ts';
import { serveArea } from '../http/serve-area.ts';
import { presentFile } from '../recovery-points-api/present-file.ts';
import { presentPoint } from '../recovery-points-api/present-point.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import { presentPointVerdict, presentVerdict, readOffset } from './present-recoverability.ts';
import { readScriptOrder } from './read-script-order.ts';

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
    {
      ...databaseRoutes,
      ...recoveryWindowRoutes,
      ...restoreScriptRoutes,
      checkDatabaseAge: ageRoutes.checkDatabaseAge,
    },
    {
      listPointDatabases: async ({ caller, params, query }) => {
        const { recoveryPointId } = params;
        const { map, judgement, ...page } = await listPointDatabases(
          dependencies,
          caller,
          recoveryPointId,
          query,
        );
        const { number, logs, additional, doubts } = map;
        const items = page.items.map(({ item, verdict }) => ({
          ...item,
          ...(verdict && { recoverability: presentVerdict(verdict) }),
        }));
        const judged = judgement && { judgement: { number: judgement.number, log: judgement.log } };
        return { ...page, items, fileMap: { number }, ...judged, logs, additional, doubts: doubts.length };
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
        return { ...page, items: items.map(presentPointVerdict) };
      },
      findRecoveryPointFor: async ({ params, query: { time, hostOffset } }) => {
        const offsetMinutes = readOffset(hostOffset);
        const answer = await findPointForTime(dependencies, params.databaseId, { time, offsetMinutes });
        if (answer.outcome === 'none') return answer;
        const { found, ...said } = answer;
        return { ...said, recoveryPoint: presentPointVerdict(found) };
      },
      makeRestoreScript: async ({ caller, params, query }) => {
        const scripts = await scriptsOfPoint(dependencies, caller, params, readScriptOrder(query));
        return { ...params, kind: query.kind, ...scripts };
      },
      checkDatabaseAge: ({ params, query }) => ageOfDatabase(dependencies, params.databaseId, query),
      listPointsOfDatabase: async ({ params, query }) => {
        const { items, ...page } = await listJudgedPoints(catalog, params.databaseId, query);
        return {
          ...page,
          items: items.map(({ point, recoverable }) => ({ ...presentPoint(point), recoverable })),
        };
      },
    },
    telemetry,
  );
}

import { restorePlanRoutes } from '../../shared/contracts/restore-plans.ts';
import { pathLimits, restoreRoutes } from '../../shared/contracts/restores.ts';
import { stagedFilesRoutes } from '../../shared/contracts/staged-files.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Events } from '../../shared/ports/events.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import type { Workflows } from '../../shared/ports/workflows.ts';
import { findRestore } from '../../shared/usecases/access/find-owned.ts';
import { planRestore } from '../../shared/usecases/restore-plan/plan-restore.ts';
import { cancelRestore } from '../../shared/usecases/restores/cancel-restore.ts';
import { createClone, listClones } from '../../shared/usecases/restores/clones.ts';
import { dropStagedFiles, renewLease } from '../../shared/usecases/restores/leases.ts';
import { listRestores } from '../../shared/usecases/restores/list-restores.ts';
import { orderRestore } from '../../shared/usecases/restores/order-restore.ts';
import { orderRestores } from '../../shared/usecases/restores/order-restores.ts';
import { reportRemoval } from '../../shared/usecases/restores/report-removal.ts';
import { reportRestoreProgress, reportRestoreResult } from '../../shared/usecases/restores/report-restore.ts';
import { signRestore } from '../../shared/usecases/restores/sign-restore.ts';
import { readOffset } from '../databases-api/present-recoverability.ts';
import { serveArea } from '../http/serve-area.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import { presentPlan, readPart } from './present-plan.ts';

/** Restores: ordered by people, carried out and reported by stores. */
export function createRestoresApi({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'databases' | 'mounts' | 'recoveryPoints' | 'restores' | 'stores'>;
  vault: Pick<Vault, 'read' | 'signGet' | 'listStorage'>;
  workflows: Workflows;
  events: Events;
  clock: Clock;
  ids: Ids;
  telemetry: Telemetry;
  /** Whose prices plans show. */
  region?: string | undefined;
  /** Packs may be frozen: plans look whether they are. */
  hasArchive?: boolean;
  /** What a thaw may cost, where an admin does not say otherwise. */
  maxThawUsd?: number;
}) {
  return serveArea(
    { ...restoreRoutes, ...stagedFilesRoutes, ...restorePlanRoutes },
    {
      planRestore: async ({ caller, body: { part, hostOffset, ...body } }) => {
        const wanted = { ...body, part: readPart(part), offsetMinutes: readOffset(hostOffset) };
        return presentPlan(await planRestore({ ...dependencies, limits: pathLimits }, caller, wanted));
      },
      createRestore: ({ caller, params, body, idempotency }) =>
        orderRestore(dependencies, caller, { ...params, ...body, idempotency }),
      createRestores: async ({ caller, body, idempotency }) => ({
        items: await orderRestores(dependencies, caller, { ...body, idempotency }),
      }),
      listRestores: ({ caller, query }) => listRestores(dependencies, caller, query),
      showRestore: ({ caller, params }) => findRestore(dependencies.catalog, caller, params.restoreId),
      cancelRestore: ({ caller, params }) => cancelRestore(dependencies, caller, params.restoreId),
      createClone: ({ caller, params, body, idempotency }) =>
        createClone(dependencies, caller, { ...params, ...body, idempotency }),
      listClones: async ({ caller, params }) => ({
        items: await listClones(dependencies, caller, params.mountId),
      }),
      renewLease: ({ caller, params, body }) => renewLease(dependencies, caller, { ...params, ...body }),
      dropStagedFiles: ({ caller, params }) => dropStagedFiles(dependencies, caller, params.restoreId),
      reportRemoval: ({ caller, params, body }) =>
        reportRemoval(dependencies, caller, { ...params, ...body }),
      signRestore: ({ caller, params, body }) => signRestore(dependencies, caller, { ...params, ...body }),
      reportRestoreProgress: ({ caller, params, body }) =>
        reportRestoreProgress(dependencies, caller, { ...params, ...body }),
      reportRestoreResult: ({ caller, params, body }) =>
        reportRestoreResult(dependencies, caller, { ...params, ...body }),
    },
    telemetry,
  );
}

import { ageRoutes } from '../../shared/contracts/ages.ts';
import { recoveryPointRoutes } from '../../shared/contracts/recovery-points.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { findMount, findRecoveryPoint } from '../../shared/usecases/access/find-owned.ts';
import { listRecoveryPointFiles } from '../../shared/usecases/databases/list-recovery-point-files.ts';
import { ageOfMount } from '../../shared/usecases/mounts/backup-age.ts';
import { serveArea } from '../http/serve-area.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import { presentFile } from './present-file.ts';
import { presentPoint } from './present-point.ts';

/** Recovery points and their files. */
export function createRecoveryPointsApi({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'mounts' | 'recoveryPoints'>;
  vault: Pick<Vault, 'read'>;
  clock: Clock;
  telemetry: Telemetry;
}) {
  const { catalog } = dependencies;
  return serveArea(
    { ...recoveryPointRoutes, checkMountAge: ageRoutes.checkMountAge },
    {
      listRecoveryPoints: async ({ caller, query: { mountId, from, before, order, ...page } }) => {
        await findMount(catalog, caller, mountId);
        const { items, ...rest } = await catalog.recoveryPoints.list(
          { mountId, order, ...(from && { takenFrom: from }), ...(before && { takenBefore: before }) },
          page,
        );
        return { ...rest, items: items.map(presentPoint) };
      },
      showRecoveryPoint: async ({ caller, params }) =>
        presentPoint(await findRecoveryPoint(catalog, caller, params.recoveryPointId)),
      listRecoveryPointFiles: async ({ caller, params, query }) => {
        const page = await listRecoveryPointFiles(dependencies, caller, params.recoveryPointId, query);
        return { ...page, items: page.items.map(presentFile) };
      },
      checkMountAge: ({ caller, params, query }) => ageOfMount(dependencies, caller, params.mountId, query),
    },
    telemetry,
  );
}

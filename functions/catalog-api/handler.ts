import { catalogRebuildRoutes } from '../../shared/contracts/catalog-rebuilds.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Workflows } from '../../shared/ports/workflows.ts';
import { findRebuild, orderRebuild } from '../../shared/usecases/catalog-rebuild/order-rebuild.ts';
import { serveArea } from '../http/serve-area.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** The catalog as a whole. */
export function createCatalogApi({
  telemetry,
  ...dependencies
}: {
  workflows: Pick<Workflows, 'startRebuild' | 'findRebuild'>;
  clock: Clock;
  telemetry: Telemetry;
}) {
  return serveArea(
    catalogRebuildRoutes,
    {
      orderRebuild: ({ caller, body }) => orderRebuild(dependencies, caller, body.mode),
      showRebuild: ({ params }) => findRebuild(dependencies, params.rebuildId),
    },
    telemetry,
  );
}

import { mountRoutes } from '../../shared/contracts/mounts.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { createMount } from '../../shared/usecases/create-mount.ts';
import { findMount, ownStoreFilter } from '../../shared/usecases/find-owned.ts';
import { storeJournal } from '../../shared/usecases/store-journal.ts';
import { serveArea } from '../http/serve-area.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** Mounts. */
export function createMountsApi({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'stores' | 'mounts' | 'outbox'>;
  vault: Pick<Vault, 'putOnce'>;
  clock: Clock;
  ids: Ids;
  telemetry: Telemetry;
}) {
  const { catalog } = dependencies;
  return serveArea(
    mountRoutes,
    {
      createMount: async ({ body, idempotency }) => {
        const mount = await createMount(dependencies, { ...body, idempotency });
        await storeJournal(dependencies, mount.mountId);
        return mount;
      },
      listMounts: ({ caller, query: { storeId, ...page } }) =>
        catalog.mounts.list(ownStoreFilter(caller, storeId), page),
      showMount: ({ caller, params }) => findMount(catalog, caller, params.mountId),
    },
    telemetry,
  );
}

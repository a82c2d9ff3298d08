import { dataKeyRoutes } from '../../shared/contracts/data-keys.ts';
import { mountRoutes } from '../../shared/contracts/mounts.ts';
import { scheduleRoutes } from '../../shared/contracts/schedules.ts';
import { snapshotOrderRoutes } from '../../shared/contracts/snapshot-orders.ts';
import { strategyRoutes } from '../../shared/contracts/strategies.ts';
import { effectiveStrategy } from '../../shared/domain/backup-strategy.ts';
import type { Mount } from '../../shared/domain/mount.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { findMount, ownStoreFilter } from '../../shared/usecases/access/find-owned.ts';
import { signOffReconciliation } from '../../shared/usecases/catalog-rebuild/sign-off.ts';
import { listJournal } from '../../shared/usecases/journal/list-journal.ts';
import { requireJournalStored } from '../../shared/usecases/journal/require-journal-stored.ts';
import { changeMount } from '../../shared/usecases/mounts/change-mount.ts';
import { createMount } from '../../shared/usecases/mounts/create-mount.ts';
import { storeDataKey } from '../../shared/usecases/mounts/data-keys.ts';
import { markMountForDelete, unmarkMount } from '../../shared/usecases/mounts/delete-mount.ts';
import {
  orderSnapshot,
  reportSnapshotOrder,
  showSnapshotOrder,
} from '../../shared/usecases/mounts/take-snapshot.ts';
import {
  listStrategies,
  removeStrategy,
  setStrategy,
  showStrategy,
} from '../../shared/usecases/requests/strategies.ts';
import {
  cancelRetirement,
  orderRetirement,
  orderStoreRetirement,
} from '../../shared/usecases/retention/retire.ts';
import {
  addSchedule,
  changeSchedule,
  removeSchedule,
} from '../../shared/usecases/schedules/change-schedule.ts';
import { listSchedules, showSchedule, withRequest } from '../../shared/usecases/schedules/find-schedule.ts';
import { listScheduleTimes } from '../../shared/usecases/schedules/list-schedule-times.ts';
import { serveArea } from '../http/serve-area.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** Mounts. */
export function createMountsApi({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<
    Catalog,
    'agents' | 'stores' | 'mounts' | 'outbox' | 'recoveryPoints' | 'requests' | 'restores' | 'schedules'
  >;
  vault: Pick<Vault, 'putOnce' | 'read'>;
  clock: Clock;
  ids: Ids;
  telemetry: Telemetry;
}) {
  const { catalog } = dependencies;
  /** Nothing is acknowledged before the journal has it. */
  const journaled = async (change: Promise<Mount>): Promise<Mount> => {
    const mount = await change;
    await requireJournalStored(dependencies, mount.mountId, mount.journal.number);
    return mount;
  };
  return serveArea(
    { ...mountRoutes, ...dataKeyRoutes, ...snapshotOrderRoutes, ...scheduleRoutes, ...strategyRoutes },
    {
      createMount: ({ caller, body, idempotency }) =>
        journaled(createMount(dependencies, { ...body, by: caller.credentialId, idempotency })),
      listMounts: ({ caller, query: { storeId, ...page } }) =>
        catalog.mounts.list(ownStoreFilter(caller, storeId), page),
      showMount: ({ caller, params }) => findMount(catalog, caller, params.mountId),
      changeMount: ({ caller, params, body }) =>
        journaled(changeMount(dependencies, caller, { ...params, ...body })),
      deleteMount: ({ caller, params: { mountId }, query }) => {
        const abandonBackup = query.abandonBackup === 'true';
        return journaled(markMountForDelete(dependencies, caller, { mountId, abandonBackup }));
      },
      listStrategies: async ({ caller, params }) => ({
        items: [...(await listStrategies(catalog, caller, params.mountId))],
      }),
      showStrategy: ({ caller, params }) => showStrategy(catalog, caller, params),
      setStrategy: async ({ caller, params, body }) => {
        const mount = await journaled(setStrategy(dependencies, caller, { ...params, ...body }));
        return effectiveStrategy(mount, params.database);
      },
      removeStrategy: async ({ caller, params }) => {
        const mount = await journaled(removeStrategy(dependencies, caller, params));
        return effectiveStrategy(mount, params.database);
      },
      listDataKeys: async ({ caller, params }) => ({
        items: [...((await findMount(catalog, caller, params.mountId)).dataKeys ?? [])],
      }),
      storeDataKey: async ({ caller, params, body }) => {
        const { dataKeys = [] } = await journaled(storeDataKey(dependencies, caller, { ...params, ...body }));
        return { items: [...dataKeys] };
      },
      listJournal: ({ caller, params, query }) => listJournal(dependencies, caller, params.mountId, query),
      signOffReconciliation: ({ caller, params }) =>
        journaled(signOffReconciliation(dependencies, caller, params.mountId)),
      orderRetirement: ({ caller, params, body }) =>
        journaled(orderRetirement(dependencies, caller, { ...params, ...body })),
      cancelRetirement: ({ caller, params }) =>
        journaled(cancelRetirement(dependencies, caller, params.mountId)),
      orderStoreRetirement: async ({ caller, params, body }) => {
        const items = await orderStoreRetirement(dependencies, caller, { ...params, ...body });
        for (const { mountId, journal } of items) {
          await requireJournalStored(dependencies, mountId, journal.number);
        }
        return { items };
      },
      orderSnapshot: ({ caller, params }) => orderSnapshot(dependencies, caller, params.mountId),
      showSnapshotOrder: ({ caller, params }) => showSnapshotOrder(dependencies, caller, params),
      reportSnapshotOrder: ({ caller, params, body }) =>
        reportSnapshotOrder(dependencies, caller, { ...params, ...body }),
      addSchedule: async ({ caller, body, idempotency }) =>
        withRequest(catalog, await addSchedule(dependencies, caller, { ...body, idempotency })),
      listSchedules: ({ caller, query }) => listSchedules(catalog, caller, query),
      showSchedule: ({ caller, params }) => showSchedule(catalog, caller, params.scheduleId),
      changeSchedule: async ({ caller, params, body }) =>
        withRequest(catalog, await changeSchedule(dependencies, caller, { ...params, ...body })),
      enableSchedule: async ({ caller, params }) =>
        withRequest(catalog, await changeSchedule(dependencies, caller, { ...params, enabled: true })),
      disableSchedule: async ({ caller, params }) =>
        withRequest(catalog, await changeSchedule(dependencies, caller, { ...params, enabled: false })),
      removeSchedule: async ({ caller, params }) => {
        await removeSchedule(dependencies, caller, params.scheduleId);
        return undefined;
      },
      listScheduleTimes: ({ caller, params, query }) =>
        listScheduleTimes(dependencies, caller, { ...params, ...query }),
      unmarkMount: ({ caller, params }) => journaled(unmarkMount(dependencies, caller, params.mountId)),
    },
    telemetry,
  );
}

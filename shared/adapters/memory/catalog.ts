import type { Catalog } from '../../ports/catalog.ts';
import { memoryAlerts } from './catalog/alerts.ts';
import { memoryCredentials } from './catalog/credentials.ts';
import { memoryDatabases } from './catalog/databases.ts';
import { memoryHolds } from './catalog/holds.ts';
import { memoryMounts } from './catalog/mounts.ts';
import { memoryOutbox } from './catalog/outbox.ts';
import { memoryPlans } from './catalog/plans.ts';
import { memoryRebuild } from './catalog/rebuild.ts';
import { memoryRecoveryPoints } from './catalog/recovery-points.ts';
import { memoryAgents, memoryRequests } from './catalog/requests.ts';
import { memoryRestores } from './catalog/restores.ts';
import { memorySchedules } from './catalog/schedules.ts';
import { type CatalogState, emptyState } from './catalog/state.ts';
import { memoryStores } from './catalog/stores.ts';
import { memoryUploads } from './catalog/uploads.ts';
import { copying } from './copying.ts';

/**
 * A catalog for tests and simulations. No method awaits anything between its checks and its changes, so each is as
 * atomic as a transaction. A simulation gives the state, to look at it between two steps.
 */
export function createMemoryCatalog(state: CatalogState = emptyState()): Catalog {
  return {
    stores: copying(memoryStores(state)),
    credentials: copying(memoryCredentials(state)),
    mounts: copying(memoryMounts(state)),
    uploads: copying(memoryUploads(state)),
    recoveryPoints: copying(memoryRecoveryPoints(state)),
    databases: copying(memoryDatabases(state)),
    holds: copying(memoryHolds(state)),
    plans: copying(memoryPlans(state)),
    restores: copying(memoryRestores(state)),
    alerts: copying(memoryAlerts(state)),
    requests: copying(memoryRequests(state)),
    schedules: copying(memorySchedules(state)),
    agents: copying(memoryAgents(state)),
    outbox: copying(memoryOutbox(state)),
    rebuild: copying(memoryRebuild(state)),
  };
}

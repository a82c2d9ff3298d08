import { ageRoutes } from './ages.ts';
import { alertRoutes } from './alerts.ts';
import { catalogRebuildRoutes } from './catalog-rebuilds.ts';
import { dataKeyRoutes } from './data-keys.ts';
import { databaseReportRoutes } from './database-reports.ts';
import { databaseRoutes } from './databases.ts';
import { documentRoutes } from './document.ts';
import { holdRoutes } from './holds.ts';
import { manualBackupRoutes } from './manual-backups.ts';
import { mountRoutes } from './mounts.ts';
import { recoveryPointRoutes } from './recovery-points.ts';
import { recoveryWindowRoutes } from './recovery-windows.ts';
import { requestRoutes } from './requests.ts';
import { restorePlanRoutes } from './restore-plans.ts';
import { restoreScriptRoutes } from './restore-scripts.ts';
import { restoreRoutes } from './restores.ts';
import { retentionRoutes } from './retention.ts';
import type { RouteContract } from './route.ts';
import { scheduleRoutes } from './schedules.ts';
import { snapshotOrderRoutes } from './snapshot-orders.ts';
import { stagedFilesRoutes } from './staged-files.ts';
import { storeRoutes } from './stores.ts';
import { strategyRoutes } from './strategies.ts';
import { troveRoutes } from './trove-backups.ts';
import { uploadRoutes } from './uploads.ts';

/**
 * Every route of the API, once: API Gateway's routes, the functions, the role checks, their tests and the OpenAPI
 * document are made from it.
 */
export const routes = {
  ...storeRoutes,
  ...mountRoutes,
  ...strategyRoutes,
  ...dataKeyRoutes,
  ...uploadRoutes,
  ...recoveryPointRoutes,
  ...retentionRoutes,
  ...holdRoutes,
  ...databaseRoutes,
  ...recoveryWindowRoutes,
  ...databaseReportRoutes,
  ...ageRoutes,
  ...alertRoutes,
  ...restoreRoutes,
  ...stagedFilesRoutes,
  ...requestRoutes,
  ...scheduleRoutes,
  ...restorePlanRoutes,
  ...restoreScriptRoutes,
  ...snapshotOrderRoutes,
  ...catalogRebuildRoutes,
  ...manualBackupRoutes,
  ...troveRoutes,
  ...documentRoutes,
} as const satisfies Record<string, RouteContract>;

export type RouteName = keyof typeof routes;

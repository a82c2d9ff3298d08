import type { AlertCatalog } from './catalog/alerts.ts';
import type { CredentialCatalog } from './catalog/credentials.ts';
import type { DatabaseCatalog } from './catalog/databases.ts';
import type { HoldCatalog } from './catalog/holds.ts';
import type { MountCatalog } from './catalog/mounts.ts';
import type { JournalOutbox } from './catalog/outbox.ts';
import type { PlanCatalog } from './catalog/plans.ts';
import type { CatalogRebuild } from './catalog/rebuild.ts';
import type { RecoveryPointCatalog } from './catalog/recovery-points.ts';
import type { AgentCatalog, RequestCatalog } from './catalog/requests.ts';
import type { RestoreCatalog } from './catalog/restores.ts';
import type { ScheduleCatalog } from './catalog/schedules.ts';
import type { StoreCatalog } from './catalog/stores.ts';
import type { UploadCatalog } from './catalog/uploads.ts';

/**
 * The catalog: what is known of stores, mounts, uploads, recovery points and restores.
 *
 * Every read by id is strongly consistent. Every change is one conditional write or one transaction: it happens
 * wholly or not at all, and a change that lost a race answers an outcome instead of throwing. Methods throw only for
 * what no caller can decide on (`ServiceError` INTERNAL with the cause: throttled for too long, table missing, …).
 *
 * Ids are never made twice: creating what is there already, under the same id, is a repeat. It changes nothing and
 * answers `created` (with a claim: `repeated`).
 */
export interface Catalog {
  readonly stores: StoreCatalog;
  readonly credentials: CredentialCatalog;
  readonly mounts: MountCatalog;
  readonly uploads: UploadCatalog;
  readonly recoveryPoints: RecoveryPointCatalog;
  readonly databases: DatabaseCatalog;
  readonly holds: HoldCatalog;
  readonly plans: PlanCatalog;
  readonly restores: RestoreCatalog;
  readonly requests: RequestCatalog;
  readonly schedules: ScheduleCatalog;
  readonly alerts: AlertCatalog;
  readonly agents: AgentCatalog;
  readonly outbox: JournalOutbox;
  readonly rebuild: CatalogRebuild;
}

import type { LocalClock } from '../services.ts';
import type { BodyStore } from './bodies/body-store.ts';
import type { BucketRegistry } from './bucket-registry.ts';
import type { Database } from './database.ts';
import type { EventOutbox } from './event-outbox.ts';
import type { LifecycleDays } from './lifecycle-days.ts';
import type { S3Limits } from './options.ts';
import type { PendingWrites } from './pending-writes.ts';
import type { RestoreAgenda } from './restore-agenda.ts';
import type { UploadIndex } from './upload-index.ts';
import type { VersionIndex } from './version-index.ts';

/** What the operations work with. */
export interface S3Service {
  readonly region: string;
  readonly accountId: string;
  readonly limits: S3Limits;
  readonly clock: LocalClock;
  readonly database: Database;
  readonly bodies: BodyStore;
  readonly buckets: BucketRegistry;
  readonly versions: VersionIndex;
  readonly uploads: UploadIndex;
  readonly restores: RestoreAgenda;
  readonly lifecycleDays: LifecycleDays;
  readonly thawSeconds: number;
  readonly pendingWrites: PendingWrites;
  readonly outbox: EventOutbox;
}

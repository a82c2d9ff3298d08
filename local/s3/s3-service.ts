import type { LocalClock } from '../services.ts';
import type { BodyStore } from './body-store.ts';
import type { BucketRegistry } from './bucket-registry.ts';
import type { DailyLifecycle } from './daily-lifecycle.ts';
import type { Database } from './database.ts';
import type { EventOutbox } from './event-outbox.ts';
import type { OpenDigester } from './integrity.ts';
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
  readonly digestLarge: OpenDigester;
  readonly buckets: BucketRegistry;
  readonly versions: VersionIndex;
  readonly uploads: UploadIndex;
  readonly restores: RestoreAgenda;
  readonly lifecycle: DailyLifecycle;
  readonly thawSeconds: number;
  readonly pendingWrites: PendingWrites;
  readonly outbox: EventOutbox;
}

/** S3's own times have whole seconds: in headers, in lists and in conditions. */
export function wholeSeconds(time: number): number {
  return Math.floor(time / 1000) * 1000;
}

export function httpDate(time: number): string {
  return new Date(time).toUTCString();
}

export function isoDate(time: number): string {
  return new Date(time).toISOString();
}

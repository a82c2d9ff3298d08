import type { Platform } from './file-map/file-map.ts';
import type { MountId, UploadId } from './ids.ts';
import type { Instant } from './instant.ts';

/** A database as the service knows it, over all mounts that have backups of it. Its id is its DBID. */
export interface Database {
  readonly databaseId: string;
  readonly name?: string;
  readonly uniqueName?: string;
  /** Of the hosts that write its logs. */
  readonly platform?: Platform;
  readonly version?: string;
  /** Ascending. */
  readonly mountIds: readonly MountId[];
  /** When the newest point with files of it was taken: its names are from there. */
  readonly lastPointAt: Instant;
}

/** That a point has files of a database. */
export interface DatabasePoint {
  readonly databaseId: string;
  readonly recoveryPointId: UploadId;
  readonly mountId: MountId;
  readonly takenAt: Instant;
}

/** What a point's file map says of one database. */
export type DatabaseNames = Pick<Database, 'databaseId' | 'name' | 'uniqueName' | 'platform' | 'version'>;

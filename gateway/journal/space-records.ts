import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { count, instant } from '../../shared/contracts/primitives.ts';
import type { MountId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { prepareQuery, type Query } from './query.ts';

const spaceSample = z.object({ measuredAt: instant, usedBytes: count });
/** What was taken of the file system of a mount at one moment, by the store's clock. */
export type SpaceSample = z.output<typeof spaceSample>;

export class SpaceRecords {
  readonly #database: DatabaseSync;
  readonly #ofMount: Query<SpaceSample>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#ofMount = prepareQuery(
      database,
      `SELECT measured_at AS measuredAt, used_bytes AS usedBytes FROM space_samples
       WHERE mount_id = ? ORDER BY measured_at`,
      spaceSample,
    );
  }

  /** In the order of their times. */
  ofMount(mountId: MountId): SpaceSample[] {
    return this.#ofMount.all(mountId);
  }

  /** Adds a sample and forgets those of the mount that are older than `since`. */
  add(mountId: MountId, { measuredAt, usedBytes }: SpaceSample, since: Instant): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO space_samples (mount_id, measured_at, used_bytes) VALUES (?, ?, ?)')
      .run(mountId, measuredAt, usedBytes);
    this.#database
      .prepare('DELETE FROM space_samples WHERE mount_id = ? AND measured_at < ?')
      .run(mountId, since);
  }
}

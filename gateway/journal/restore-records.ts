import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import {
  count,
  mountId as mountIdSchema,
  ordinal,
  restoreId as restoreIdSchema,
  sha256,
  uploadId as uploadIdSchema,
} from '../../shared/contracts/primitives.ts';
import { foundDamage, restoreOwners, restorePaths } from '../../shared/contracts/restores.ts';
import type { MountId, RestoreId } from '../../shared/domain/ids.ts';
import { prepareQuery, type Query } from './query.ts';

/** A column of JSON, or null. */
const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .nullable()
    .transform((text) => (text === null ? undefined : JSON.parse(text)))
    .pipe(schema.optional());

const restoreRecord = z.object({
  restoreId: restoreIdSchema,
  jobId: ordinal,
  mountId: mountIdSchema,
  recoveryPointId: uploadIdSchema,
  manifestSha256: sha256,
  fence: ordinal,
  state: z.enum(['staging', 'completed', 'failed']),
  files: count.nullable(),
  bytes: count.nullable(),
  code: z.string().nullable(),
  reason: z.string().nullable(),
  isReported: z.int().transform(Boolean),
  options: json(
    z.object({
      paths: restorePaths.exactOptional(),
      owners: restoreOwners.exactOptional(),
      mayUseSnapshot: z.boolean().exactOptional(),
    }),
  ),
  damage: json(foundDamage),
  sourceMountId: mountIdSchema.nullable(),
  clone: z.string().nullable(),
  removedBecause: z.enum(['lease-ended', 'deleted']).nullable(),
  /** Of a clone that is made of the store's own snapshot. */
  fromSnapshot: z.ulid().nullable(),
});
export type RestoreRecord = z.output<typeof restoreRecord>;
export type FoundDamage = z.output<typeof foundDamage>;

export type RestoreOrder = Pick<
  RestoreRecord,
  'fence' | 'jobId' | 'manifestSha256' | 'mountId' | 'recoveryPointId' | 'restoreId'
> &
  NonNullable<RestoreRecord['options']> & {
    readonly sourceMountId?: MountId;
    readonly clone?: { readonly name: string };
  };

const columns = `restore_id AS restoreId, job_id AS jobId, mount_id AS mountId,
  recovery_point_id AS recoveryPointId, manifest_sha256 AS manifestSha256, fence, state, files, bytes, code,
  reason, is_reported AS isReported, options, damage, source_mount_id AS sourceMountId,
  clone, removed_because AS removedBecause, from_snapshot AS fromSnapshot`;

export class RestoreRecords {
  readonly #database: DatabaseSync;
  readonly #byId: Query<RestoreRecord>;
  readonly #byJob: Query<RestoreRecord>;
  readonly #unreported: Query<RestoreRecord>;
  readonly #untold: Query<RestoreRecord>;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const query = (where: string) =>
      prepareQuery(database, `SELECT ${columns} FROM restores WHERE ${where}`, restoreRecord);
    this.#byId = query('restore_id = ?');
    this.#byJob = query('mount_id = ? AND job_id = ?');
    this.#unreported = query('is_reported = 0');
    this.#untold = query('removed_because IS NOT NULL AND is_removal_told = 0');
  }

  find(restoreId: RestoreId): RestoreRecord | undefined {
    return this.#byId.find(restoreId);
  }

  findByJob(mountId: MountId, jobId: number): RestoreRecord | undefined {
    return this.#byJob.find(mountId, jobId);
  }

  /** Restores whose end the service was not told yet. */
  allUnreported(): RestoreRecord[] {
    return this.#unreported.all();
  }

  /** Restores whose folder was removed, which the service was not told yet. */
  allUntoldRemovals(): RestoreRecord[] {
    return this.#untold.all();
  }

  /** A new fence orders the restore again; what was completed under an older one stays completed. */
  order({ paths, owners, mayUseSnapshot, sourceMountId, clone, ...order }: RestoreOrder): void {
    const { restoreId, jobId, mountId, recoveryPointId, manifestSha256, fence } = order;
    const ids = [restoreId, jobId, mountId, recoveryPointId, manifestSha256];
    const options = JSON.stringify({
      ...(paths && { paths }),
      ...(owners && { owners }),
      ...(mayUseSnapshot && { mayUseSnapshot }),
    });
    this.#database
      .prepare(
        `INSERT INTO restores (restore_id, job_id, mount_id, recovery_point_id, manifest_sha256, fence, state, options,
           source_mount_id, clone)
         VALUES (?, ?, ?, ?, ?, ?, 'staging', ?, ?, ?)
         ON CONFLICT (restore_id) DO UPDATE SET fence = excluded.fence, is_reported = 0,
           state = CASE state WHEN 'completed' THEN 'completed' ELSE 'staging' END, code = NULL, reason = NULL`,
      )
      .run(...ids, fence, options, sourceMountId ?? null, clone?.name ?? null);
  }

  markCompleted(
    restoreId: RestoreId,
    { files, bytes, damage }: { files: number; bytes: number; damage?: FoundDamage | undefined },
  ): void {
    this.#database
      .prepare(
        `UPDATE restores SET state = 'completed', files = ?, bytes = ?, damage = ? WHERE restore_id = ?`,
      )
      .run(files, bytes, damage ? JSON.stringify(damage) : null, restoreId);
  }

  /** What it is made of, null for the vault; before anything of it is on the disk. */
  markSource(restoreId: RestoreId, fromSnapshot: string | null): void {
    this.#database
      .prepare('UPDATE restores SET from_snapshot = ? WHERE restore_id = ?')
      .run(fromSnapshot, restoreId);
  }

  markFailed(restoreId: RestoreId, { code, reason }: { code: string; reason: string }): void {
    this.#database
      .prepare(`UPDATE restores SET state = 'failed', code = ?, reason = ? WHERE restore_id = ?`)
      .run(code, reason, restoreId);
  }

  /** Its folder is gone; the first reason stands. */
  markRemoved(restoreId: RestoreId, because: NonNullable<RestoreRecord['removedBecause']>): void {
    this.#database
      .prepare('UPDATE restores SET removed_because = coalesce(removed_because, ?) WHERE restore_id = ?')
      .run(because, restoreId);
  }

  markRemovalTold(restoreId: RestoreId): void {
    this.#database.prepare('UPDATE restores SET is_removal_told = 1 WHERE restore_id = ?').run(restoreId);
  }

  markReported(restoreId: RestoreId): void {
    this.#database.prepare('UPDATE restores SET is_reported = 1 WHERE restore_id = ?').run(restoreId);
  }

  remove(restoreId: RestoreId): void {
    this.#database.prepare('DELETE FROM restores WHERE restore_id = ?').run(restoreId);
  }
}

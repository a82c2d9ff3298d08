import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { UploadId } from '../../shared/domain/ids.ts';
import type { StoredObject } from '../mover/ports.ts';

/** What an upload has in the vault already, so that nothing is sent twice. */
export class ObjectRecords {
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #forget: StatementSync;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare(
      'SELECT 1 FROM stored_objects WHERE upload_id = ? AND kind = ? AND number = ? AND sha256 = ?',
    );
    this.#add = database.prepare(
      'INSERT OR IGNORE INTO stored_objects (upload_id, kind, number, sha256) VALUES (?, ?, ?, ?)',
    );
    this.#forget = database.prepare('DELETE FROM stored_objects WHERE upload_id = ?');
  }

  isStored(uploadId: UploadId, { kind, number, sha256 }: StoredObject): boolean {
    return this.#find.get(uploadId, kind, number, sha256) !== undefined;
  }

  add(uploadId: UploadId, { kind, number, sha256 }: StoredObject): void {
    this.#add.run(uploadId, kind, number, sha256);
  }

  forget(uploadId: UploadId): void {
    this.#forget.run(uploadId);
  }
}

import { randomBytes } from 'node:crypto';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import type { Database } from './database.ts';
import type { ObjectLock } from './object-lock.ts';
import type { Tags } from './object-tags.ts';
import type { ObjectAttributes } from './stored-version.ts';

/** A multipart upload that is neither completed nor aborted. */
export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiated: number;
  readonly attributes: ObjectAttributes;
  readonly checksum: UploadChecksum;
  readonly lock?: ObjectLock | undefined;
  readonly tags?: Tags | undefined;
}

/** Fields of an upload that are stored together, as JSON. */
type StoredAsText = 'attributes' | 'checksum' | 'lock' | 'tags';

export interface UploadChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Named by the client: the completing request must then give each part's checksum. */
  readonly isExplicit: boolean;
}

export interface UploadedPart {
  readonly number: number;
  readonly bodyId: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly checksum: Checksum;
  readonly lastModified: number;
}

/** Uploads in progress and their parts. */
export class UploadIndex {
  readonly #statements;

  constructor({ sql }: Database) {
    this.#statements = {
      insert: sql.prepare(
        'INSERT INTO uploads(id, bucket, key, initiated, attributes) VALUES (?, ?, ?, ?, ?)',
      ),
      get: sql.prepare('SELECT * FROM uploads WHERE id = ?'),
      list: sql.prepare('SELECT * FROM uploads WHERE bucket = ? ORDER BY key, initiated, id'),
      remove: sql.prepare('DELETE FROM uploads WHERE id = ?'),
      parts: sql.prepare('SELECT * FROM parts WHERE upload_id = ? ORDER BY number'),
      putPart: sql.prepare(
        `INSERT OR REPLACE INTO parts(upload_id, number, body_id, size, etag, checksum, last_modified)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ),
      removeParts: sql.prepare('DELETE FROM parts WHERE upload_id = ? RETURNING body_id'),
      body: sql.prepare('SELECT 1 FROM parts WHERE body_id = ?'),
    };
  }

  create(upload: Omit<Upload, 'id'>): string {
    const id = randomBytes(48).toString('base64url');
    const { bucket, key, initiated, attributes, checksum, lock, tags } = upload;
    const stored = JSON.stringify({ attributes, checksum, lock, tags });
    this.#statements.insert.run(id, bucket, Buffer.from(key), initiated, stored);
    return id;
  }

  get(id: string): Upload | undefined {
    return toUpload(this.#statements.get.get(id));
  }

  /** By key, then by age. */
  list(bucket: string): Upload[] {
    return this.#statements.list
      .all(bucket)
      .map(toUpload)
      .filter((upload) => upload !== undefined);
  }

  parts(uploadId: string): UploadedPart[] {
    return this.#statements.parts.all(uploadId).map(toPart);
  }

  putPart(uploadId: string, part: UploadedPart): void {
    const { number, bodyId, sizeBytes, etag, checksum, lastModified } = part;
    this.#statements.putPart.run(
      uploadId,
      number,
      bodyId,
      sizeBytes,
      etag,
      JSON.stringify(checksum),
      lastModified,
    );
  }

  /** Removes an upload and returns the bodies of its parts, which nothing needs any more. Within a transaction. */
  remove(id: string): string[] {
    const bodies = this.#statements.removeParts.all(id).map((row) => String(row.body_id));
    this.#statements.remove.run(id);
    return bodies;
  }

  hasBody(bodyId: string): boolean {
    return this.#statements.body.get(bodyId) !== undefined;
  }
}

function toUpload(found: unknown): Upload | undefined {
  if (found === undefined) return undefined;
  const row = found as { id: string; bucket: string; key: Uint8Array; initiated: number; attributes: string };
  const stored = JSON.parse(row.attributes) as Pick<Upload, StoredAsText>;
  return {
    id: row.id,
    bucket: row.bucket,
    key: Buffer.from(row.key).toString(),
    initiated: row.initiated,
    ...stored,
  };
}

function toPart(found: unknown): UploadedPart {
  const row = found as {
    number: number;
    body_id: string;
    size: number;
    etag: string;
    checksum: string;
    last_modified: number;
  };
  return {
    number: row.number,
    bodyId: row.body_id,
    sizeBytes: row.size,
    etag: row.etag,
    checksum: JSON.parse(row.checksum) as Checksum,
    lastModified: row.last_modified,
  };
}

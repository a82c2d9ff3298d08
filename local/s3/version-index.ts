import { randomBytes } from 'node:crypto';
import type { Database } from './database.ts';
import {
  NULL_VERSION,
  type ObjectChange,
  type StoredObject,
  type StoredVersion,
  type VersionEntry,
} from './stored-version.ts';

interface VersionRow {
  readonly seq: number;
  readonly key: Uint8Array;
  readonly version_id: string;
  readonly is_current: number;
  readonly is_delete_marker: number;
  readonly last_modified: number;
  readonly size: number;
  readonly etag: string;
  readonly body_id: string | null;
  readonly attributes: string;
}

/** Fields of an object that are stored together, as JSON. */
type StoredAsText = 'attributes' | 'checksum' | 'parts' | 'lock' | 'tags' | 'restore';
type NewObject = Omit<StoredObject, 'isCurrent'>;
type NewMarker = Omit<VersionEntry, 'isCurrent' | 'isDeleteMarker'> & { readonly isDeleteMarker: true };

/** Keys with a prefix, in the order of their bytes. */
export interface KeyRange {
  readonly prefix: string;
  /** No key smaller than this. */
  readonly from: Buffer;
}

/** Versions of `key` older than `seq` and all later keys, or all keys from `from` on. */
export type VersionPosition = { readonly from: Buffer } | { readonly key: string; readonly seq: number };

const COLUMNS =
  'seq, key, version_id, is_current, is_delete_marker, last_modified, size, etag, body_id, attributes';
const IN_RANGE = 'bucket = ? AND key >= ? AND key < ?';

/** Greater than every key that starts with this text: the byte 0xFF is in no UTF-8 text. */
export function endOfPrefix(prefix: string): Buffer {
  return Buffer.concat([Buffer.from(prefix), Buffer.from([0xff])]);
}

/** The smallest possible key behind this one. */
export function behindKey(key: string): Buffer {
  return Buffer.concat([Buffer.from(key), Buffer.from([0])]);
}

/** Which versions exist. Methods that change something need a transaction around them. */
export class VersionIndex {
  readonly #statements;

  constructor({ sql }: Database) {
    const select = (rest: string) => sql.prepare(`SELECT ${COLUMNS} FROM versions WHERE ${rest}`);
    this.#statements = {
      current: select('bucket = ? AND key = ? AND is_current = 1'),
      byId: select('bucket = ? AND key = ? AND version_id = ?'),
      objects: select(`${IN_RANGE} AND is_current = 1 AND is_delete_marker = 0 ORDER BY key LIMIT ?`),
      versions: select(`${IN_RANGE} ORDER BY key, seq DESC LIMIT ?`),
      olderVersions: select('bucket = ? AND key = ? AND seq < ? ORDER BY seq DESC LIMIT ?'),
      insert: sql.prepare(
        `INSERT INTO versions(bucket, ${COLUMNS}) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)`,
      ),
      demote: sql.prepare(
        'UPDATE versions SET is_current = 0 WHERE bucket = ? AND key = ? AND is_current = 1',
      ),
      promote: sql.prepare(
        `UPDATE versions SET is_current = 1
         WHERE seq = (SELECT seq FROM versions WHERE bucket = ? AND key = ? ORDER BY seq DESC LIMIT 1)`,
      ),
      change: sql.prepare('UPDATE versions SET attributes = ? WHERE seq = ?'),
      bySeq: sql.prepare(`SELECT bucket, ${COLUMNS} FROM versions WHERE seq = ?`),
      any: sql.prepare('SELECT 1 FROM versions WHERE bucket = ? LIMIT 1'),
      remove: sql.prepare('DELETE FROM versions WHERE seq = ?'),
      body: sql.prepare('SELECT 1 FROM versions WHERE body_id = ?'),
    };
  }

  current(bucket: string, key: string): StoredVersion | undefined {
    return toVersion(this.#statements.current.get(bucket, Buffer.from(key)));
  }

  byId(bucket: string, key: string, versionId: string): StoredVersion | undefined {
    return toVersion(this.#statements.byId.get(bucket, Buffer.from(key), versionId));
  }

  /** Current objects, delete markers left out. */
  objects(bucket: string, range: KeyRange, limit: number): StoredObject[] {
    const rows = this.#statements.objects.all(bucket, ...bounds(range), limit);
    return rows.map(toVersion).filter((version) => version !== undefined && !version.isDeleteMarker);
  }

  #versions(bucket: string, range: KeyRange, limit: number): StoredVersion[] {
    const rows = this.#statements.versions.all(bucket, ...bounds(range), limit);
    return rows.map(toVersion).filter((version) => version !== undefined);
  }

  /** All versions from a position on, the newest of each key first. */
  versionsFrom(bucket: string, prefix: string, position: VersionPosition, limit: number): StoredVersion[] {
    if ('from' in position) return this.#versions(bucket, { from: position.from, prefix }, limit);
    const { key, seq } = position;
    const rows = this.#statements.olderVersions.all(bucket, Buffer.from(key), seq, limit);
    const older = rows.map(toVersion).filter((version) => version !== undefined);
    if (older.length === limit) return older;
    return [...older, ...this.#versions(bucket, { from: behindKey(key), prefix }, limit - older.length)];
  }

  /** Adds the new current version of its key. */
  insertCurrent(bucket: string, version: NewObject | NewMarker): void {
    const key = Buffer.from(version.key);
    this.#statements.demote.run(bucket, key);
    const content = version.isDeleteMarker
      ? ([0, '', null, '{}'] as const)
      : ([version.sizeBytes, version.etag, version.bodyId, attributesText(version)] as const);
    this.#statements.insert.run(
      bucket,
      version.seq,
      key,
      version.versionId,
      version.isDeleteMarker ? 1 : 0,
      version.lastModified,
      ...content,
    );
  }

  /** Removes a version for good; the next newest becomes current if it was. */
  remove(bucket: string, version: VersionEntry): void {
    this.#statements.remove.run(version.seq);
    if (version.isCurrent) this.#statements.promote.run(bucket, Buffer.from(version.key));
  }

  /** Stores what changed about an object and returns the object as it is now. */
  change(object: StoredObject, change: ObjectChange): StoredObject {
    const changed = { ...object, ...change };
    this.#statements.change.run(attributesText(changed), object.seq);
    return changed;
  }

  /** The object with this place in the order of changes, and its bucket. */
  bySeq(seq: number): { readonly bucket: string; readonly object: StoredObject } | undefined {
    const row = this.#statements.bySeq.get(seq);
    const object = toVersion(row);
    return object === undefined || object.isDeleteMarker
      ? undefined
      : { bucket: String(row?.bucket), object };
  }

  /** Whether the bucket has any version or delete marker. */
  hasAny(bucket: string): boolean {
    return this.#statements.any.get(bucket) !== undefined;
  }

  hasBody(bodyId: string): boolean {
    return this.#statements.body.get(bodyId) !== undefined;
  }
}

/**
 * Random text that ends in the version's place in the order of changes: a page of ListObjectVersions goes on
 * behind its marker even when the marker's version was deleted meanwhile, as it does in AWS.
 */
export function makeVersionId(seq: number): string {
  return randomBytes(18).toString('base64url') + seq.toString(36).padStart(8, '0');
}

export function seqOfVersionId(versionId: string): number {
  return Number.parseInt(versionId.slice(24), 36);
}

export function isVersionId(text: string): boolean {
  return text === NULL_VERSION || /^[A-Za-z0-9_-]{24}[0-9a-z]{8}$/.test(text);
}

function bounds({ prefix, from }: KeyRange) {
  const start = Buffer.from(prefix);
  // One lower bound only: with two, SQLite may seek by the wrong one and scan the rest.
  return [Buffer.compare(from, start) > 0 ? from : start, endOfPrefix(prefix)] as const;
}

function attributesText({ attributes, checksum, parts, lock, tags, restore }: NewObject): string {
  return JSON.stringify({ attributes, checksum, parts, lock, tags, restore });
}

function toVersion(found: unknown): StoredVersion | undefined {
  if (found === undefined) return undefined;
  const row = found as VersionRow;
  const entry = {
    seq: row.seq,
    key: Buffer.from(row.key).toString(),
    versionId: row.version_id,
    isCurrent: row.is_current === 1,
    lastModified: row.last_modified,
  };
  if (row.body_id === null) return { ...entry, isDeleteMarker: true };
  const stored = JSON.parse(row.attributes) as Pick<StoredObject, StoredAsText>;
  return {
    ...entry,
    isDeleteMarker: false,
    sizeBytes: row.size,
    etag: row.etag,
    bodyId: row.body_id,
    ...stored,
  };
}

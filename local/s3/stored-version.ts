import type { Restore } from './archive.ts';
import type { Checksum } from './checksums.ts';
import type { Encryption } from './encryption.ts';
import type { ObjectLock } from './object-lock.ts';
import type { Tags } from './object-tags.ts';
import type { StorageClass } from './storage-class.ts';

/** What a client said about an object beyond its bytes. */
export interface ObjectAttributes {
  /** System metadata that S3 gives back: content-type and its like. */
  readonly headers: Readonly<Record<string, string>>;
  /** x-amz-meta-*, without that prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass: StorageClass;
  /** Absent for objects of a time before this was kept: AES256. */
  readonly encryption?: Encryption | undefined;
}

/** A version of a key, as listed. */
export interface VersionEntry {
  /** Order of changes; the newest version of a key has the highest. */
  readonly seq: number;
  readonly key: string;
  /** `null` for versions written while versioning was not enabled. */
  readonly versionId: string;
  readonly isCurrent: boolean;
  readonly isDeleteMarker: boolean;
  /** Whole seconds, in milliseconds since the epoch. */
  readonly lastModified: number;
}

export interface DeleteMarker extends VersionEntry {
  readonly isDeleteMarker: true;
}

export interface StoredObject extends VersionEntry {
  readonly isDeleteMarker: false;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  readonly bodyId: string;
  readonly attributes: ObjectAttributes;
  readonly checksum: Checksum;
  /** Of an object that was uploaded in parts. */
  readonly parts?: readonly StoredPart[] | undefined;
  readonly lock?: ObjectLock | undefined;
  readonly tags?: Tags | undefined;
  /** The temporary copy of an archived object. */
  readonly restore?: Restore | undefined;
}

/** What can change about a version after it was written. */
export type ObjectChange = Partial<Pick<StoredObject, 'attributes' | 'lock' | 'tags' | 'restore'>>;

export interface StoredPart {
  readonly sizeBytes: number;
  readonly checksum: Checksum;
}

export type StoredVersion = StoredObject | DeleteMarker;

/** The version id of whatever is written while versioning is not enabled. */
export const NULL_VERSION = 'null';

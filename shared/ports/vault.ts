import type { ThawTier } from '../domain/archive/archive-class.ts';
import type { Instant } from '../domain/instant.ts';

/**
 * The vault: the versioned bucket. Nothing in it is overwritten, ever.
 * Throws `ServiceError` INTERNAL with the cause for what S3 answers beyond what is said here.
 */
export interface Vault {
  /**
   * A URL for one PUT of exactly these bytes, signed as of `signedAt`. Signs content-length, host, if-none-match and
   * x-amz-checksum-sha256; the sender must send `headers` as they stand.
   */
  signPut(request: {
    readonly key: string;
    /** SHA-256 (hex) of the bytes to be stored. */
    readonly sha256: string;
    readonly sizeBytes: number;
    readonly signedAt: Instant;
    /** At most 900: the bucket refuses older signatures. */
    readonly validSeconds: number;
  }): Promise<SignedRequest>;
  /** With a range the URL gives these bytes only, and whoever uses it must ask for exactly them. */
  signGet(request: {
    readonly key: string;
    readonly range?: { readonly from: number; readonly to: number };
    readonly signedAt: Instant;
    readonly validSeconds: number;
  }): Promise<string>;
  /** All versions and delete markers under a prefix, in key order, at most 1,000 a page. */
  listVersions(request: { readonly prefix: string; readonly after?: VersionMarker }): Promise<VersionPage>;
  /**
   * Names of the folders right under a prefix that ends in `/`, in order, at most 1,000 a page, from behind the folder `after`
   * on. A folder is there as long as a version or delete marker of anything in it is.
   */
  listFolders(request: { readonly prefix: string; readonly after?: string }): Promise<FolderPage>;
  /** Size and stored SHA-256 (hex) as S3 computed it; undefined when there is no such key or version. */
  head(key: string): Promise<{ readonly sizeBytes: number; readonly sha256?: string } | undefined>;
  /** The bytes as a stream, or undefined when there is no such key. Throws VAULT_OBJECT_FROZEN for what is archived. */
  read(
    key: string,
    range?: { readonly from: number; readonly toExclusive: number },
  ): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Stores bytes at a key that must be new. `exists` with what is there when it is not. */
  putOnce(
    key: string,
    bytes: Uint8Array,
  ): Promise<{ readonly outcome: 'stored' } | { readonly outcome: 'exists'; readonly bytes: Uint8Array }>;
  /**
   * Deletes these versions, and nothing else of their keys; 1 to 1,000 a call. One answer for each, in their order. A
   * version that is not there any more is `gone`: repeating does no harm.
   */
  deleteVersions(versions: readonly VersionRef[]): Promise<readonly VersionDeletion[]>;
  /**
   * Locks the newest version of an object until then. A lock that lasts longer already stays as it is. Throws INTERNAL where the
   * bucket has no Object Lock, or there is no such object.
   */
  extendLock(
    key: string,
    lock: { readonly mode: 'governance' | 'compliance'; readonly until: Instant },
  ): Promise<void>;
  /** Whether Object Lock keeps a version, and until when; undefined when it is not locked, or not there. */
  lockOf(version: VersionRef): Promise<VersionLock | undefined>;
  /** How the newest versions under a prefix are stored, in key order, at most 1,000 a page, from behind the key `after` on. */
  listStorage(request: { readonly prefix: string; readonly after?: string }): Promise<StoragePage>;
  /** Tags the newest version, for the bucket's rule to move it to the archive class within days. Again changes nothing. */
  markCold(key: string): Promise<void>;
  /** Asks for a copy that can be read for so many days. Asking again while it is made changes nothing. */
  thaw(key: string, request: { readonly tier: ThawTier; readonly days: number }): Promise<ThawAnswer>;
}

/**
 * `asked`: it is being made from now on; `ongoing`: it was already. `readable`: there is one, and it stays so many days from now.
 * `warm`: of a class that is read without. `no-capacity`: S3 has none of the expedited tier at the moment.
 */
export type ThawAnswer = 'asked' | 'ongoing' | 'readable' | 'warm' | 'no-capacity' | 'missing';

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly storedAt: Instant;
  /** S3's name of it. */
  readonly storageClass: string;
  /** Of a frozen object: a copy is being made, or can be read until then. */
  readonly copy?: 'ongoing' | { readonly until: Instant };
}

export interface StoragePage {
  readonly objects: readonly StoredObject[];
  /** The `after` of the next page; absent where the list ends. */
  readonly next?: string;
}

/** One version of an object, or one delete marker. */
export interface VersionRef {
  readonly key: string;
  readonly versionId: string;
}

export type VersionDeletion = VersionRef &
  (
    | { readonly outcome: 'gone' }
    /** Locked or forbidden, which S3 does not tell apart: `lockOf` does. */
    | { readonly outcome: 'refused'; readonly reason: string }
  );

export interface VersionLock {
  /** Absent under a legal hold, which ends when somebody lifts it. */
  readonly until?: Instant;
  readonly hasLegalHold: boolean;
}

export interface SignedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type VersionMarker = VersionRef;

export interface StoredVersion {
  readonly key: string;
  readonly versionId: string;
  readonly sizeBytes: number;
  readonly isLatest: boolean;
  readonly isDeleteMarker: boolean;
}

export interface VersionPage {
  readonly versions: readonly StoredVersion[];
  readonly next?: VersionMarker;
  /** S3's own clock, from the answer's Date header (whole seconds). */
  readonly date: Instant;
}

export interface FolderPage {
  readonly folders: readonly string[];
  /** The `after` of the next page; absent where the list ends. */
  readonly next?: string;
}

import type { ObjectRef } from '../../shared/domain/vault/pack-ref.ts';

/** An object of the vault as an upload names it; its key follows from upload, kind, number and hash. */
export interface StoredObject {
  readonly kind: 'pack' | 'map' | 'log' | 'manifest';
  /** Counts up from 1 within its kind; 0 for the manifest. */
  readonly number: number;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** An object that is too large for memory: the manifest of a million files. */
export interface BodyInFile {
  readonly sizeBytes: number;
  read(at: number, length: number): Buffer;
}

export interface ObjectTarget {
  /** Resolves when the vault holds exactly these bytes (already there counts); `body` may be reused after that. */
  put(object: StoredObject, body: Buffer | BodyInFile): Promise<void>;
  /** `object` comes next, as soon as what is under way has ended. */
  foresee?(object: StoredObject): void;
}

export interface ObjectSource {
  /**
   * A whole object, or its bytes from `from` up to but not including `to`. The buffer is the caller's own: its memory is
   * given back as soon as it was used. `into` is memory that may be used for it, if it is large enough.
   */
  get(key: string, range?: { readonly from: number; readonly to: number }, into?: Buffer): Promise<Buffer>;
  /** `next` names what is likely to be asked for after this, soonest first. */
  foresee?(next: () => readonly string[]): void;
}

/** A map bundle or pack, as the parent's tables name it. */
export type ParentObject = ObjectRef & { readonly kind: 'map' | 'pack' };

/** What the vault gives of the pinned parent to a store that has lost its own copies; undefined for what it does not. */
export interface ParentSource {
  manifest(): Promise<Buffer | undefined>;
  /** A map bundle; of a pack the last bytes, which hold its frame table as a rule. */
  object(object: ParentObject): Promise<Buffer | undefined>;
}

export interface MoverProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly filesDone: number;
  readonly filesTotal: number;
}

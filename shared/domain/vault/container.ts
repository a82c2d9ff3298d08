import type { Codec } from './compression.ts';

/**
 * What packs and map bundles have in common: a header, items back to back, an index of the items, a trailer of fixed
 * size that finds the index. docs/format.md has every byte.
 */
export interface ContainerKind {
  readonly name: 'pack' | 'map bundle';
  readonly headMagic: string;
  readonly tailMagic: string;
  /** How items are hashed in version 1, 2, …; the last is the one that is written. */
  readonly versions: readonly ItemHashing[];
  /** Largest raw item. */
  readonly maxItemBytes: number;
  /** Whether items of an encrypted snapshot are encrypted; else they are readable, and authenticated like all others. */
  readonly isEncrypted: boolean;
}

/** Of an item's raw bytes as a whole, or as frames are hashed since packs of version 2 (see frameHash). */
export type ItemHashing = 'bytes' | 'blocks';

export interface Item {
  /**
   * Of the raw bytes, hex: a view of the index would keep, and take between threads, the whole object. In an encrypted
   * pack an HMAC.
   */
  readonly sha256: string;
  readonly hashing: ItemHashing;
  readonly offset: number;
  readonly storedBytes: number;
  readonly rawBytes: number;
  readonly codec: Codec;
}

/** An item ready to be stored. */
export interface PreparedItem {
  readonly stored: Uint8Array;
  readonly rawBytes: number;
  /** Hex; as the kind's last version has it, for an encrypted pack under its keys. */
  readonly hash: string;
  readonly codec: Codec;
}

export const headerBytes = 64;
export const trailerBytes = 96;
export const itemRecordBytes = 64;
/** Bounds what a reader holds in memory, and what one damaged object can cost. */
export const maxContainerBytes = 64 * 2 ** 20;
export const maxItems = 65_535;

export const noEncryption = 0;
/** AES-256-GCM over the frames of packs, HMAC-SHA-256 over all indexes. */
export const aes256Gcm = 1;
export const saltBytes = 32;
export const macBytes = 32;
export const nonceBytes = 12;

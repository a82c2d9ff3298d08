import { createHmac, type Hmac, hkdfSync } from 'node:crypto';
import type { MountId } from '../../ids.ts';
import type { ObjectRef } from '../pack-ref.ts';

/** Keys for what is computed from content; they travel to worker threads. */
export interface ContentKeys {
  /** Of the digests of leaves. */
  readonly leaf: Uint8Array;
  /** Of the hashes of frames. */
  readonly frame: Uint8Array;
  /** Of the places where new content is cut, and of the pieces' digests. */
  readonly cut: Uint8Array;
}

/** All that is derived from one data key (docs/format.md, Encryption). */
export class MountKeys {
  readonly generation: number;
  readonly content: ContentKeys;
  readonly #dataKey: Uint8Array;
  readonly #scope: string;
  readonly #mac: Buffer;
  readonly #salt: Buffer;

  constructor(dataKey: Uint8Array, { mountId, generation }: { mountId: MountId; generation: number }) {
    this.generation = generation;
    this.#dataKey = dataKey;
    this.#scope = `${mountId}\n${generation}`;
    this.#mac = this.#derive('mac');
    this.#salt = this.#derive('salt');
    this.content = {
      leaf: this.#derive('leaf'),
      frame: this.#derive('frame hash'),
      cut: this.#derive('cut'),
    };
  }

  /** Those of one pack or map bundle. */
  of(kind: 'map' | 'pack', { owner, number }: ObjectRef): ContainerKeys {
    const name = `${owner}\n${number}`;
    const macOver = (purpose: string, key: Buffer) =>
      createHmac('sha256', key).update(`holdfast 1 ${purpose}\n${name}\n`);
    return {
      generation: this.generation,
      mac: (header, index) => macOver(`${kind} index`, this.#mac).update(header).update(index).digest(),
      startSalt: () => macOver('salt', this.#salt),
      frameKey: (salt) => this.#expand(salt, `holdfast 1 pack\n${this.#scope}\n${name}`),
    };
  }

  /** Takes the lines of a manifest but for the last one. */
  startManifestMac(): Hmac {
    return createHmac('sha256', this.#mac).update('holdfast 1 manifest\n');
  }

  #derive(purpose: string): Buffer {
    return this.#expand(Buffer.alloc(0), `holdfast 1 ${purpose}\n${this.#scope}`);
  }

  #expand(salt: Uint8Array, info: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#dataKey, salt, info, 32));
  }
}

/** How a reader takes the packs and bundles of an encrypted snapshot: without the keys (the service) or with them. */
export interface ContainerGuard {
  readonly generation: number;
  readonly mac?: (header: Uint8Array, index: Uint8Array) => Buffer;
}

/** What one container is written and read with. */
export interface ContainerKeys extends Required<ContainerGuard> {
  /**
   * Takes what the pack's frames are before their encryption, and its table: the salt is a function of all that it
   * encrypts, so that no two different packs ever have one key, whatever a crash, a clone or an old image made again.
   */
  readonly startSalt: () => Hmac;
  readonly frameKey: (salt: Uint8Array) => Buffer;
}

import { createHash, type Hash } from 'node:crypto';
import { type ChecksumAlgorithm, createDigester, type Digester } from '../checksums.ts';

/** What is to be computed over a body. */
export interface DigestRequest {
  readonly algorithm: ChecksumAlgorithm;
  readonly needsMd5: boolean;
  readonly needsSha256: boolean;
}

export interface Digests {
  /** Base64, of the algorithm asked for. */
  readonly checksum: string;
  /** Hex; both absent when not asked for. */
  readonly md5: string | undefined;
  readonly sha256: string | undefined;
}

/** Computes the digests of one body while it passes. */
export class BodyDigester {
  readonly #checksum: Digester;
  readonly #md5: Hash | undefined;
  readonly #sha256: Hash | undefined;

  constructor({ algorithm, needsMd5, needsSha256 }: DigestRequest) {
    this.#checksum = createDigester(algorithm);
    this.#md5 = needsMd5 ? createHash('md5') : undefined;
    this.#sha256 = needsSha256 ? createHash('sha256') : undefined;
  }

  update(chunk: Uint8Array): void {
    this.#checksum.update(chunk);
    this.#md5?.update(chunk);
    this.#sha256?.update(chunk);
  }

  digests(): Digests {
    return {
      checksum: this.#checksum.digest().toString('base64'),
      md5: this.#md5?.digest('hex'),
      sha256: this.#sha256?.digest('hex'),
    };
  }
}

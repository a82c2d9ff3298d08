import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { finishCrc32c, finishCrc64Nvme, startCrc, updateCrc32c, updateCrc64Nvme } from './crc.ts';

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** FULL_OBJECT covers the bytes; COMPOSITE covers the checksums of a multipart upload's parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Base64; a composite one ends in `-` and the number of parts. */
  readonly value: string;
}

export interface Digester {
  update(data: Uint8Array): void;
  digest(): Buffer;
}

/** What S3 computes when the client sends no checksum. */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = 'CRC64NVME';

const DIGEST_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

export function createDigester(algorithm: ChecksumAlgorithm): Digester {
  switch (algorithm) {
    case 'CRC32':
      return createCrc32();
    case 'CRC32C': {
      const state = startCrc();
      return { update: (data) => updateCrc32c(state, data), digest: () => finishCrc32c(state) };
    }
    case 'CRC64NVME': {
      const state = startCrc();
      return { update: (data) => updateCrc64Nvme(state, data), digest: () => finishCrc64Nvme(state) };
    }
    case 'SHA1':
    case 'SHA256':
      return createHash(algorithm.toLowerCase());
  }
}

/** Name of the header that carries the checksum. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export function parseAlgorithm(name: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase());
}

/** True when the text is base64 of as many bytes as the algorithm gives. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === DIGEST_BYTES[algorithm] && bytes.toString('base64') === value;
}

/** Checksum over the parts' checksums, in part order. */
export function composeChecksums(algorithm: ChecksumAlgorithm, partValues: readonly string[]): Checksum {
  const digester = createDigester(algorithm);
  for (const value of partValues) digester.update(Buffer.from(value, 'base64'));
  return {
    algorithm,
    type: 'COMPOSITE',
    value: `${digester.digest().toString('base64')}-${partValues.length}`,
  };
}

function createCrc32(): Digester {
  let value = 0;
  return {
    update(data) {
      value = crc32(data, value);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    },
  };
}

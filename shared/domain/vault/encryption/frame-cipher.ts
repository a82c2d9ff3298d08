import { createCipheriv, createDecipheriv } from 'node:crypto';
import { nonceBytes } from '../container.ts';
import { releaseMemory } from '../release-memory.ts';

export const tagBytes = 16;

/** A pack's key encrypts each number once: the nonce of a frame is its number. */
export function nonceOf(frame: number): Buffer {
  const nonce = Buffer.alloc(nonceBytes);
  nonce.writeUInt32BE(frame, nonceBytes - 4);
  return nonce;
}

/** Encrypts in place; the last 16 bytes are room for the tag. */
export function sealFrame(bytes: Buffer, key: Uint8Array, frame: number): void {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(frame));
  const length = bytes.length - tagBytes;
  const encrypted = cipher.update(bytes.subarray(0, length));
  cipher.final();
  bytes.set(encrypted);
  bytes.set(cipher.getAuthTag(), length);
  releaseMemory(encrypted);
}

/** What was encrypted, or undefined when it is not what was stored. */
export function openSealed(stored: Buffer, key: Uint8Array, frame: number): Buffer | undefined {
  const length = stored.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(frame));
  decipher.setAuthTag(stored.subarray(length));
  const plain = decipher.update(stored.subarray(0, length));
  try {
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

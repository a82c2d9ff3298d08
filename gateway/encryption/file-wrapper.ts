import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { KeyError, type KeyWrapper } from '../ports/key-wrapper.ts';
import type { FileKey } from './key-file.ts';

const nonceBytes = 12;
const tagBytes = 16;

/**
 * Wraps with AES-256-GCM: nonce, ciphertext, tag. The nonce is random, which one key may do billions of times; it wraps a
 * data key for each mount and rotation.
 */
export function fileWrapper({ keyId, secret }: FileKey): KeyWrapper {
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), 'holdfast wrap 1', 32));
  return {
    keyId,
    async wrap(payload) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const wrapped = Buffer.concat([nonce, cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
      return wrapped.toString('base64');
    },
    async unwrap(wrapped) {
      const bytes = Buffer.from(wrapped, 'base64');
      const refused = new KeyError(`what is said to be wrapped under key ${keyId} was not: it does not open`);
      if (bytes.length < nonceBytes + tagBytes) throw refused;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
      } catch {
        throw refused;
      }
    },
  };
}

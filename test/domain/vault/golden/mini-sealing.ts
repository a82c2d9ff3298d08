import { createDecipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';

// The part of the second reader that knows section 14 of docs/format.md; it shares nothing with the project's own either.

export type Row = Record<string, unknown> & { readonly row: string };

export const sha = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export function ensure(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

export const text = (value: unknown): string => {
  ensure(typeof value === 'string', `${JSON.stringify(value)} is no text`);
  return value;
};
export const number = (value: unknown): number => {
  ensure(Number.isSafeInteger(value), `${JSON.stringify(value)} is no number`);
  return Number(value);
};
export const list = (value: unknown): Record<string, unknown>[] => {
  ensure(Array.isArray(value), 'no list');
  return value;
};

export const hmac = (key: Buffer, ...parts: (Buffer | string)[]): Buffer => {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

/** Section 14: how a snapshot is encrypted; undefined when it is not. */
export interface Sealing {
  readonly generation: number;
  readonly derive: (purpose: string) => Buffer;
  readonly packKey: (salt: Buffer, name: string) => Buffer;
}

export function unseal(header: Row, secret: Buffer | undefined): Sealing | undefined {
  if (header.encryption === null) return undefined;
  ensure(secret, 'an encrypted snapshot, and no key');
  const { algorithm, generation, firstUploadId, keyId, wrapped } = header.encryption as Record<
    string,
    unknown
  >;
  ensure(algorithm === 'aes-256-gcm', 'an unknown algorithm');
  const name = sha('holdfast key 1\n', secret).toString('hex').slice(0, 16);
  ensure(keyId === `key-${name}`, 'another key');
  const expand = (key: Buffer, salt: Buffer, info: string) =>
    Buffer.from(hkdfSync('sha256', key, salt, info, 32));
  const none = Buffer.alloc(0);
  const bytes = Buffer.from(text(wrapped), 'base64');
  const payload = decrypt(expand(secret, none, 'holdfast wrap 1'), bytes.subarray(0, 12), bytes.subarray(12));
  const binding = `holdfast data key 1\n${header.mountId}\n${generation}\n${firstUploadId}\n`;
  ensure(payload.subarray(32).equals(sha(binding)), 'the data key of something else');
  const dataKey = payload.subarray(0, 32);
  const scope = `${header.mountId}\n${generation}`;
  return {
    generation: number(generation),
    derive: (purpose) => expand(dataKey, none, `holdfast 1 ${purpose}\n${scope}`),
    packKey: (salt, pack) => expand(dataKey, salt, `holdfast 1 pack\n${scope}\n${pack}`),
  };
}

export function decrypt(key: Buffer, nonce: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

export const isZero = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0);

/** Section 14.2: what header and trailer of an encrypted snapshot's object must say. */
export function checkSealed(
  { kind, name, sealing }: { kind: string; name: string; sealing: Sealing },
  [header, index, trailer]: readonly [Buffer, Buffer, Buffer],
): void {
  ensure(header.readUInt8(10) === 1 && trailer.readUInt8(85) === 1, 'another algorithm');
  ensure(header.readUInt32BE(12) === sealing.generation, 'another data key');
  ensure(isZero(header.subarray(11, 12)) && isZero(header.subarray(48)), 'reserved bytes in use');
  ensure(kind === 'pack' || isZero(header.subarray(16, 48)), 'a salt where none is');
  const mac = hmac(sealing.derive('mac'), `holdfast 1 ${kind} index\n${name}\n`, header, index);
  ensure(trailer.subarray(44, 76).equals(mac) && isZero(trailer.subarray(76, 85)), 'another MAC');
}

/** A path or target in either of its forms. */
export const bytesOf = (row: Row, field: string): Buffer =>
  field in row ? Buffer.from(text(row[field])) : Buffer.from(text(row[`${field}Base64`]), 'base64');

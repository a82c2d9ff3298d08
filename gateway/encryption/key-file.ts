import { createHash, randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { syncFolder } from '../durable-file.ts';
import { systemCode } from '../file-errors.ts';
import { KeyError } from '../ports/key-wrapper.ts';

const secretBytes = 32;
const maxFileBytes = 4096;

const keyFile = z.strictObject({
  format: z.literal('holdfast-key'),
  version: z.literal(1),
  keyId: z.string(),
  createdAt: z.iso.datetime(),
  secret: z.base64(),
});

/** A wrapping key that lies in a file. */
export interface FileKey {
  /** Follows from the secret, so that one cannot be taken for another. */
  readonly keyId: string;
  readonly createdAt: string;
  readonly secret: Buffer;
}

export const newKey = (now: Date): FileKey => keyOf(randomBytes(secretBytes), now.toISOString());

/** 64 bits of its hash: enough to tell keys apart, and of no use for guessing 256 random bits. */
export function keyOf(secret: Buffer, createdAt: string): FileKey {
  const fingerprint = createHash('sha256')
    .update('holdfast key 1\n')
    .update(secret)
    .digest('hex')
    .slice(0, 16);
  return { keyId: `key-${fingerprint}`, createdAt, secret };
}

/** The file must be new: a key that something is wrapped under is never overwritten. Throws KeyError. */
export async function writeKeyFile(path: string, { keyId, createdAt, secret }: FileKey): Promise<void> {
  const content = { format: 'holdfast-key', version: 1, keyId, createdAt, secret: secret.toString('base64') };
  try {
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(dirname(path));
  } catch (error) {
    if (systemCode(error) === 'EEXIST')
      throw new KeyError(`${path} exists already: a key is never overwritten, choose another name`);
    throw new KeyError(`${path} cannot be written: ${messageOf(error)}`);
  }
}

/** Throws KeyError for a file that others may read or own, and for one that is no key. */
export async function readKeyFile(path: string): Promise<FileKey> {
  const text = await readGuarded(path);
  try {
    const { keyId, createdAt, secret } = keyFile.parse(JSON.parse(text));
    const key = keyOf(Buffer.from(secret, 'base64'), createdAt);
    if (key.keyId === keyId && key.secret.length === secretBytes) return key;
  } catch {
    // Neither the content nor what the parser says of it is told: they may quote the secret.
  }
  throw new KeyError(
    `${path} is not a key file, or was changed: take it from your backup of it or from its recovery kit`,
  );
}

/** Mode and owner are those of the file that is read, whatever its name leads to a moment later. */
async function readGuarded(path: string): Promise<string> {
  try {
    const handle = await open(path, 'r');
    try {
      const { mode, uid, size } = await handle.stat();
      const self = process.geteuid?.() ?? uid;
      if ((mode & 0o077) !== 0) {
        const octal = (mode & 0o777).toString(8);
        throw new KeyError(`${path} may be used by others (mode ${octal}): run chmod 600 ${path}`);
      }
      if (uid !== self && uid !== 0)
        throw new KeyError(
          `${path} belongs to user ${uid}, this is user ${self}: give it to whom the gateway runs as`,
        );
      if (size > maxFileBytes) throw new KeyError(`${path} is not a key file: it has ${size} bytes`);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof KeyError) throw error;
    throw new KeyError(`the key file ${path} cannot be read: ${messageOf(error)}`);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

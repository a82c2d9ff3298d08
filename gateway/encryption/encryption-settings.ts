import * as z from 'zod';
import { keyIdPattern } from '../../shared/domain/vault/encryption/data-key.ts';
import { absolutePath } from '../absolute-path.ts';

/** In the place of a key: what this mount holds leaves the site as it is. */
export const unencrypted = 'unencrypted';

const key = z.discriminatedUnion('kind', [
  /** Made by `holdfast key create`; for its owner only. */
  z.strictObject({ kind: z.literal('file'), file: absolutePath }),
  /** A program that asks a key service; it is given JSON on standard input (docs/encryption.md). */
  z.strictObject({
    kind: z.literal('command'),
    keyId: z.string().regex(keyIdPattern, 'must be the name of a key, without blanks'),
    command: z.tuple([absolutePath], z.string()),
    timeoutSeconds: z.number().positive().max(600).default(30),
  }),
]);

export const encryptionSettings = z
  .strictObject({
    /** All keys that this gateway has: for new backups, and for restores of what was wrapped under earlier ones. */
    keys: z.record(z.string(), key),
    /** Which key the data key of each mount is wrapped under (`*`: all others), or "unencrypted". */
    mounts: z.record(z.string(), z.string()).default({}),
    /** Which points that are not encrypted are restored to this store: those from before their mount was encrypted. */
    unencryptedPoints: z.enum(['before-encryption', 'all', 'none']).default('before-encryption'),
  })
  .superRefine(({ keys, mounts }, context) => {
    for (const name of Object.keys(keys)) {
      const isTaken = name === unencrypted;
      if (!isTaken && /^[\w-]{1,64}$/.test(name)) continue;
      const message = isTaken
        ? 'is a word of its own: give the key another name'
        : 'must be a name of letters, digits, _ and -';
      context.addIssue({ code: 'custom', path: ['keys', name], message });
    }
    for (const [mount, name] of Object.entries(mounts)) {
      if (name === unencrypted || Object.hasOwn(keys, name)) continue;
      const message = `names the key ${JSON.stringify(name)}, which encryption.keys does not have; or write "${unencrypted}"`;
      context.addIssue({ code: 'custom', path: ['mounts', mount], message });
    }
  });

export type EncryptionSettings = z.output<typeof encryptionSettings>;
export type KeySettings = z.output<typeof key>;

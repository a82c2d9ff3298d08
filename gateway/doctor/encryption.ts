import type { GatewayConfig } from '../config.ts';
import { unencrypted } from '../encryption/encryption-settings.ts';
import { openWrapper } from '../encryption/wrappers.ts';
import { type Finding, fail, messageOf, ok, warn } from './finding.ts';

/** The keys of encrypted mounts. What they open is asked of the service by `holdfast key check`. */
export async function checkEncryption({ encryption }: GatewayConfig): Promise<Finding[]> {
  const check = 'encryption';
  if (!encryption) return [ok(check, 'no mount is encrypted before its data leaves this site')];
  const used = new Set(Object.values(encryption.mounts));
  const findings = await Promise.all(
    Object.entries(encryption.keys).map(async ([name, key]): Promise<Finding> => {
      const place = `encryption.keys.${name}`;
      try {
        const { keyId } = await openWrapper(key);
        const what =
          key.kind === 'file' ? `is ${keyId}` : `is ${keyId}, asked of ${key.command[0]} when it is needed`;
        return ok(place, what);
      } catch (error) {
        const advice = 'until then nothing is uploaded or restored with it; backups are taken and wait';
        const isUsed = used.has(name);
        return isUsed ? fail(place, messageOf(error), advice) : warn(place, messageOf(error), advice);
      }
    }),
  );
  const isAnyEncrypted = [...used].some((name) => name !== unencrypted);
  if (isAnyEncrypted) return findings;
  return [
    ...findings,
    warn(check, 'encryption.mounts encrypts no mount', 'name a key for each, or "*" for all'),
  ];
}

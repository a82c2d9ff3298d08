import type { Log } from '../ports/log.ts';
import type { EncryptionSettings } from './encryption-settings.ts';
import { openWrapper } from './wrappers.ts';

/** A gateway without its key takes backups all the same, and uploads them when it has it: that must not go unnoticed. */
export async function tellKeyProblems(settings: EncryptionSettings | undefined, log: Log): Promise<void> {
  for (const [name, key] of Object.entries(settings?.keys ?? {})) {
    await openWrapper(key).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      log.error({ key: name, reason }, 'a key of encryption.keys cannot be used: what needs it waits');
    });
  }
}

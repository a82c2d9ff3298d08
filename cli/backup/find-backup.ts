import type { CallAnswer } from '../../shared/contracts/calls.ts';
import type { ServiceClient } from '../service/client.ts';

type Backup = CallAnswer<'getBackup'>;

/**
 * A backup by its number, by the id of its recovery point, or by a name of it in full: `path`, `id`, or the prefix that its expiration
 * is changed by. What is named in full must be that backup in every part. Throws an Error that says what is not so.
 */
export async function findBackup(service: ServiceClient, databaseId: string, text: string): Promise<Backup> {
  const [, number] = /\/id_(\d{1,15})\//.exec(`${text}/`) ?? [];
  const backup = await service.call('getBackup', { params: { databaseId, backupId: number ?? text } });
  if (number === undefined) return backup;
  const [, prefix = ''] = /^\d+ (.*)$/.exec(backup.expire_alterable) ?? [];
  const names = [backup.path, backup.id, backup.expire_alterable, prefix];
  if (names.includes(text)) return backup;
  throw new Error(`there is no backup "${text}": number ${number} is "${backup.path}"`);
}

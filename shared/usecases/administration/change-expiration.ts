import type { Caller } from '../../domain/access.ts';
import { expireUntil, requireClearExpire } from '../../domain/administration/backup-expire.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { changePointExpire } from '../retention/change-expire.ts';
import type { ChangeDependencies } from '../retention/undelete-point.ts';
import { findBackup } from './find-backup.ts';

interface Expiration {
  readonly databaseId: string;
  readonly backupId: string;
  /** One of the two: a length from the backup on, or a moment. */
  readonly expire?: string;
  readonly expireTime?: string;
}

/**
 * Gives a backup, and with it the whole recovery point, an expire of its own. Throws as `findBackup`, EXPIRE_INVALID, and what
 * `changePointExpire` throws.
 */
export async function changeExpiration(
  dependencies: ChangeDependencies & { readonly catalog: Pick<Catalog, 'agents'> },
  caller: Caller,
  { databaseId, backupId, expire: asked, expireTime = '' }: Expiration,
): Promise<RecoveryPoint> {
  if (asked !== undefined) requireClearExpire(asked);
  const { backup } = await findBackup(dependencies, { databaseId, backupId });
  const { recoveryPointId, committedAt } = backup.point;
  const expire = asked ?? expireUntil(committedAt, expireTime);
  return changePointExpire(dependencies, caller, { recoveryPointId, expire });
}

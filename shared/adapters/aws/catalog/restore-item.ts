import type { RestoreId } from '../../../domain/ids.ts';
import type { Restore } from '../../../domain/restore.ts';
import type { Entities } from './entities.ts';

/** A restore as the table holds it. */
export type RestoreItem = Restore & { readonly isRunning?: 'yes' | 'staged' };

export const toRestore = ({ isRunning: _, ...restore }: RestoreItem): Restore => restore;

/** The restore, strongly consistent. */
export async function findRestore({ restore }: Entities, restoreId: RestoreId): Promise<Restore | undefined> {
  const { data } = await restore.get({ restoreId }).go({ consistent: true });
  return data === null ? undefined : toRestore(data);
}

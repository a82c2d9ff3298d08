import type { BackupRequest } from '../../../domain/backup-request.ts';
import type { RequestId } from '../../../domain/ids.ts';
import type { Entities } from './entities.ts';

/** A request as the table holds it. */
export type RequestItem = BackupRequest & { readonly isRunning?: 'yes' };

export const toRequest = ({ isRunning: _, ...request }: RequestItem): BackupRequest => request;

/** The request, strongly consistent. */
export async function findRequest(
  { request }: Entities,
  requestId: RequestId,
): Promise<BackupRequest | undefined> {
  const { data } = await request.get({ requestId }).go({ consistent: true });
  return data === null ? undefined : toRequest(data);
}

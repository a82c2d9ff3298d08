import type { Mount } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';

/**
 * A mount stays as it is while a backup of it runs on request. Throws MOUNT_BUSY, which names the request. One that is created a moment
 * later finds the mount as it is by then.
 */
export async function requireNoRequest(
  { requests }: Pick<Catalog, 'requests'>,
  { mountId, storeId }: Pick<Mount, 'mountId' | 'storeId'>,
): Promise<void> {
  const running = (await requests.runningOf(storeId)).find((request) => request.mountId === mountId);
  if (running === undefined) return;
  const { requestId, database, state } = running;
  throw new ServiceError(
    'MOUNT_BUSY',
    `request ${requestId} of database ${database} is ${state}: mount ${mountId} stays as it is until that has ended`,
    {
      details: { requestId },
      hint: 'Wait for the end of the request, or abort it with POST /v1/requests/{requestId}/abort.',
    },
  );
}

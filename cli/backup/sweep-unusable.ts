import type { CallAnswer } from '../../shared/contracts/calls.ts';
import type { ServiceClient } from '../service/client.ts';

type Report = CallAnswer<'deleteUnusableBackups'>;

/** Part after part: the service answers within 30 seconds each. */
export async function sweepUnusable(service: ServiceClient, databaseId: string) {
  const deleted: Report['deleted'] = [];
  const kept: Report['kept'] = [];
  let from: string | undefined;
  do {
    const query = from === undefined ? {} : { from };
    const part: Report = await service.call('deleteUnusableBackups', { params: { databaseId }, query });
    deleted.push(...part.deleted);
    kept.push(...part.kept);
    from = part.next;
  } while (from !== undefined);
  return { deleted, kept };
}

import { setTimeout as wait } from 'node:timers/promises';
import type { CallAnswer } from '../../shared/contracts/calls.ts';
import type { ServiceClient } from '../service/client.ts';

type Shown = CallAnswer<'showRestore'>;

/** The restore once it has ended. */
export const untilEnded = (service: ServiceClient, restoreId: string, everySeconds: number): Promise<Shown> =>
  until(service, restoreId, everySeconds, ({ endedAt }) => endedAt !== undefined);

/**
 * The restore once nothing of it is on its way off the disk; or as soon as the store says that it cannot remove it, which it goes on
 * trying to.
 */
export const untilGone = (service: ServiceClient, restoreId: string, everySeconds: number): Promise<Shown> =>
  until(
    service,
    restoreId,
    everySeconds,
    ({ staged }) => staged === undefined || staged.state === 'removed' || staged.reason !== undefined,
  );

async function until(
  service: ServiceClient,
  restoreId: string,
  everySeconds: number,
  isSo: (restore: Shown) => boolean,
): Promise<Shown> {
  for (;;) {
    const restore = await service.call('showRestore', { params: { restoreId } });
    if (isSo(restore)) return restore;
    await wait(everySeconds * 1000);
  }
}

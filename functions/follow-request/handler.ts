import { followRequestTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Events } from '../../shared/ports/events.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import { endRequest } from '../../shared/usecases/requests/end-request.ts';
import { handOverRequest } from '../../shared/usecases/requests/hand-over-request.ts';
import { lookAtStore, waitAgain } from '../../shared/usecases/requests/look-at-store.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** backup-request: its steps, which all read and change one request. */
export function createFollowRequest({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'mounts' | 'requests' | 'stores' | 'uploads'>;
  clock: Clock;
  events: Events;
  ids: Ids;
  /** Between polls of an idle gateway. */
  pollSeconds: number;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, followRequestTask, async (input) => {
    const { requestId } = input;
    switch (input.step) {
      case 'look-at-store':
        return lookAtStore(dependencies, requestId);
      case 'hand-over':
        return handOverRequest(dependencies, input);
      case 'end': {
        const look = input.isSilent ? await waitAgain(dependencies, requestId) : undefined;
        if (look?.next === 'wait') return look;
        const reason = input.reason ?? 'the workflow ended without a word of the store';
        const ended = await endRequest(dependencies, requestId, { state: 'failed', reason });
        return { state: ended.state, ...(ended.reason !== undefined && { reason: ended.reason }) };
      }
    }
  });
}

import type { UploadId } from '../../domain/ids.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Events } from '../../ports/events.ts';
import { completeRequest } from '../requests/end-request.ts';

/** Publishes that a recovery point was created, at least once; the request that it was made for is completed. */
export async function announceRecoveryPoint(
  dependencies: {
    readonly catalog: Pick<Catalog, 'recoveryPoints' | 'requests'>;
    readonly events: Events;
    readonly clock: Clock;
  },
  recoveryPointId: UploadId,
): Promise<void> {
  const { catalog, events } = dependencies;
  const recoveryPoint = await catalog.recoveryPoints.find(recoveryPointId);
  if (recoveryPoint === undefined) {
    throw new ServiceError('RECOVERY_POINT_NOT_FOUND', `there is no recovery point ${recoveryPointId}`);
  }
  await events.publish({ type: 'Recovery Point Created', recoveryPoint });
  const { request } = recoveryPoint;
  if (request !== undefined) await completeRequest(dependencies, request.requestId);
}

import type { UploadId } from '../domain/ids.ts';
import { ServiceError } from '../errors.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Events } from '../ports/events.ts';

/** Publishes that a recovery point was created; at least once. */
export async function announceRecoveryPoint(
  { catalog, events }: { catalog: Pick<Catalog, 'recoveryPoints'>; events: Events },
  recoveryPointId: UploadId,
): Promise<void> {
  const recoveryPoint = await catalog.recoveryPoints.find(recoveryPointId);
  if (recoveryPoint === undefined) {
    throw new ServiceError('RECOVERY_POINT_NOT_FOUND', `there is no recovery point ${recoveryPointId}`);
  }
  await events.publish({ type: 'Recovery Point Created', recoveryPoint });
}

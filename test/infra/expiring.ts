import { createExpirePoints } from '../../functions/expire-points/handler.ts';
import { createFindDueMounts } from '../../functions/find-due-mounts/handler.ts';
import { createPlanRetention } from '../../functions/plan-retention/handler.ts';
import type { RouteName } from '../../shared/contracts/routes.ts';
import type { Caller } from '../../shared/domain/access.ts';
import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import type { EventInput } from '../support/http-event.ts';
import type { MemoryService } from '../support/uploading.ts';

interface Turns {
  readonly service: MemoryService;
  readonly run: (create: (dependencies: never) => unknown, name: string, event: unknown) => Promise<never>;
  readonly call: (name: RouteName, caller: Caller, input?: Omit<EventInput, 'caller'>) => Promise<unknown>;
  readonly admin: Caller;
  readonly operator: Caller;
}

/** What becomes of a point that expires, with all that people may do about it; in the end it is available. */
export async function expireAndBringBack(
  { service, run, call, admin, operator }: Turns,
  {
    mountId,
    otherMountId,
    recoveryPointId,
  }: Record<'mountId' | 'otherMountId', MountId> & {
    readonly recoveryPointId: UploadId;
  },
): Promise<void> {
  const { clock, catalog } = service;
  const params = { mountId };
  const ofPoint = { params: { recoveryPointId } };
  // The database has backups on another mount as well.
  const point = { recoveryPointId, mountId: otherMountId, takenAt: clock.now() };
  await catalog.databases.note(point, [{ databaseId: '99' }]);
  const body = { expire: '1m', floor: 1, maxExpiredPercentPerDay: 100 };
  await call('changePolicy', admin, { params, body });
  clock.advance(5 * 60_000);
  const find = (owner: string) =>
    run(createFindDueMounts, 'find-due-mounts', { scheduledAt: clock.now(), owner });
  await find('one');
  await find('two');
  const plan = () => run(createPlanRetention, 'plan-retention', { mountId }) as Promise<{ sha256: string }>;
  const { sha256 } = await plan();
  const expire = () => run(createExpirePoints, 'expire-points', { mountId, sha256, from: 0 });
  await expire();
  await call('showPolicy', admin, { params });
  await call('previewRetention', admin, { params, body: {} });
  await call('listRetentionPlans', admin, { params });
  await call('explainRecoveryPoint', admin, ofPoint);
  const target = { kind: 'database', databaseId: '99' };
  const hold = (await call('placeHold', operator, { body: { target, reason: 'r' } })) as { holdId: string };
  await call('listHolds', admin);
  await call('liftHold', admin, { params: { holdId: hold.holdId } });
  await call('undeleteRecoveryPoint', operator, { ...ofPoint, body: {} });
  await call('deleteRecoveryPoint', operator, ofPoint);
  await call('undeleteRecoveryPoint', operator, { ...ofPoint, body: { expire: '20d' } });
  await call('getDatabases', operator);
  const ofBackup = { params: { databaseId: '99', backupId: recoveryPointId } };
  await call('removeBackup', operator, ofBackup);
  await call('undeleteRecoveryPoint', operator, { ...ofPoint, body: { expire: '20d' } });
  await call('changeBackupExpiration', operator, { ...ofBackup, body: { expire: '25d' } });
  await call('changeRecoveryPoint', operator, { ...ofPoint, body: { expire: '30d' } });
  await call('changePolicy', admin, { params, body: { expire: '2w' } });
  // Nothing is due any more.
  await plan();
}

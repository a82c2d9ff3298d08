import type { BackupRequest } from '../../../shared/domain/backup-request.ts';
import type { Instant } from '../../../shared/domain/instant.ts';
import { lookAtStore } from '../../../shared/usecases/requests/look-at-store.ts';
import { addSchedule, type ScheduleOrderInput } from '../../../shared/usecases/schedules/change-schedule.ts';
import { runSchedules } from '../../../shared/usecases/schedules/run-schedules.ts';
import { arrangeAgent, operator } from '../../support/requesting.ts';

export const minute = 60_000;
export const hour = 60 * minute;

/** Alerts are raised of stores that are in use. */
async function activate({ service, caller, mount }: Awaited<ReturnType<typeof arrangeAgent>>) {
  const { storeId } = mount;
  const codeSha256 = 'a'.repeat(64);
  const expiresAt = '2099-01-01T00:00:00.000Z' as Instant;
  await service.catalog.stores.addActivationCode({ codeSha256, storeId, expiresAt });
  const credential = {
    ...{
      credentialId: caller.credentialId as never,
      role: 'store' as const,
      storeId,
      description: 'its token',
    },
    ...{ secretSha256: 'b'.repeat(64), createdAt: service.clock.now() },
  };
  await service.catalog.stores.activate(codeSha256, credential, service.clock.now());
}

/** It is Saturday, 2026-01-31 at 12:00 in UTC; the schedule runs at 22:00. */
export async function arrange(fields: Partial<ScheduleOrderInput> = {}) {
  const arranged = await arrangeAgent();
  const { service, mount } = arranged;
  const add = (more: Partial<ScheduleOrderInput> = {}) =>
    addSchedule(service, operator, {
      ...{ mountId: mount.mountId, database: 'SALES', name: 'nightly', cron: '0 22 * * *', timeZone: 'UTC' },
      ...{ enabled: true },
      ...more,
    });
  const failures: unknown[] = [];
  const tick = (tickAt?: Instant) =>
    runSchedules({ ...service, onError: (_, error) => failures.push(error) }, tickAt);
  const until = (text: string) => {
    service.clock.advance(Date.parse(text) - Date.parse(service.clock.now()));
    return arranged.seen();
  };
  const requests = async () => (await service.catalog.requests.list({}, { limit: 50 })).items;
  const schedule = await add(fields);
  await activate(arranged);
  const shown = async (scheduleId = schedule.scheduleId) => {
    const { body } = await service.send('showSchedule', { caller: operator, params: { scheduleId } });
    return body;
  };
  const look = ({ requestId }: BackupRequest) => lookAtStore({ ...service, pollSeconds: 30 }, requestId);
  return { ...arranged, schedule, add, tick, until, requests, shown, failures, look };
}

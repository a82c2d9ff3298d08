import { type BackupRequest, pointRequestOf } from '../../../shared/domain/backup-request.ts';
import { expiresAt, parseExpire } from '../../../shared/domain/expire.ts';
import { addMillis } from '../../../shared/domain/instant.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { storeJournal } from '../../../shared/usecases/journal/store-journal.ts';
import { committedPoint } from '../../adapters/support/line.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import { createStoreAndMount, type MemoryService } from '../../support/uploading.ts';
import { judged } from '../retention/seeding.ts';

export const ledger = '1234567890';

/** A store whose agent makes levels 0 and 1 of the database LEDGER, of which there is no backup yet. */
export async function arrangeAgent(service: MemoryService = createMemoryService()) {
  const { mount, caller: store } = await createStoreAndMount(service, '10d');
  const { storeId, mountId } = mount;
  const { catalog, clock } = service;
  await catalog.mounts.markReady(mountId);
  await catalog.stores.noteSeen(storeId, {
    ...{
      at: clock.now(),
      gatewayVersion: '1.0.0',
      capabilities: ['backup-request', 'stage-restore', 'clones', 'staged-leases'],
    },
  });
  await catalog.agents.note(storeId, [{ name: 'LEDGER', mountId, highestLevel: 1 }], clock.now());
  return { service, mount, store };
}

/** The store has taken the request up and reports on it. */
export async function reportOn(
  { catalog, clock, ids }: MemoryService,
  requestId: BackupRequest['requestId'],
  percent: number,
): Promise<void> {
  const deadline = addMillis(clock.now(), 86_400_000);
  const command = { commandId: ids.command(), fence: 1, deadline };
  await catalog.requests.handOver(requestId, 'token', command);
  const progress = { percent, files: ['df1'], fileCount: 1, bytesWritten: 10 };
  await catalog.requests.noteReport(requestId, 1, { progress }, clock.now());
}

/** The recovery point that a request comes to, and its end. */
export async function completeWithPoint(
  service: MemoryService,
  { mountId }: Mount,
  requestId: BackupRequest['requestId'],
): Promise<RecoveryPoint> {
  const { catalog, clock } = service;
  const request = await catalog.requests.find(requestId);
  if (request === undefined) throw new Error('there is no request');
  const now = clock.now();
  const own = request.expire === undefined ? {} : { expire: request.expire };
  const expires = expiresAt(now, parseExpire(request.expire ?? '10d'));
  const point = await committedPoint(
    catalog,
    { mountId },
    { requestedAt: now, requestId, uploadId: service.ids.upload() },
    {
      ...{ ...judged(ledger), ...own, request: pointRequestOf(request) },
      ...{ committedAt: now, takenAt: now, expiresAt: expires },
    },
  );
  await storeJournal(service, mountId);
  const { recoveryPointId, takenAt } = point;
  await catalog.databases.note({ recoveryPointId, mountId, takenAt }, [
    { databaseId: ledger, name: 'ledger', version: '19.0.0.0.0' },
  ]);
  const uploading = (await catalog.requests.find(requestId)) ?? request;
  await catalog.requests.end(uploading, {
    ...{ state: 'completed', at: clock.now(), progress: { ...request.progress, percent: 100 } },
  });
  return point;
}

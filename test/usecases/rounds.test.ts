import { expect, it } from 'vitest';
import type { Caller } from '../../shared/domain/access.ts';
import { recordRecoveryPoint } from '../../shared/usecases/commit/record-recovery-point.ts';
import { requestCommit } from '../../shared/usecases/commit/request-commit.ts';
import { verifyManifest } from '../../shared/usecases/commit/verify-manifest.ts';
import { verifyObjects } from '../../shared/usecases/commit/verify-objects.ts';
import { buildFileMap } from '../../shared/usecases/databases/build-file-map.ts';
import { judgeRecoverability } from '../../shared/usecases/databases/judge-recoverability.ts';
import { endStaging } from '../../shared/usecases/restores/end-staging.ts';
import { handOverRestore } from '../../shared/usecases/restores/hand-over-restore.ts';
import { orderRestore } from '../../shared/usecases/restores/order-restore.ts';
import { reportRestoreResult } from '../../shared/usecases/restores/report-restore.ts';
import { signRestore } from '../../shared/usecases/restores/sign-restore.ts';
import { pollStore } from '../../shared/usecases/stores/poll-store.ts';
import { openUpload } from '../../shared/usecases/uploads/open-upload.ts';
import { countRounds } from '../support/count-rounds.ts';
import { createMemoryService } from '../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../support/uploading.ts';

// A backup and a restore wait for these calls one after the other, each round some milliseconds to a database or a
// vault. What does not need the answer of another call is asked together with it.

const operator: Caller = { credentialId: 'key-operator', role: 'operator' };
const progress = { filesDone: 1, filesTotal: 1, bytesDone: 1, bytesTotal: 1 };

it('asks side by side what a commit needs', async () => {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const first = await openSnapshot(service, caller, mount);
  await askCommit(service, caller, first, await uploadFiles(service, caller, first));
  await runCommit(service, first.uploadId);
  service.clock.advance(1000);
  const snapshot = { snapshotId: 'snapshot-2', snapName: 'Second', requestedAt: service.clock.now() };

  const opening = await countRounds(service, (ports) =>
    openUpload(ports, caller, { mountId: mount.mountId, ...snapshot }),
  );
  const { openUploadId } = (await service.catalog.mounts.find(mount.mountId)) ?? {};
  const upload = openUploadId && (await service.catalog.uploads.find(openUploadId));
  if (!upload) throw new Error('nothing was opened');
  const manifest = await uploadFiles(service, caller, upload);
  const { uploadId, fence } = upload;
  const asking = await countRounds(service, (ports) =>
    requestCommit(ports, caller, { uploadId, fence, ...manifest }),
  );
  const run = { uploadId, attempt: 1 };
  let totals: Awaited<ReturnType<typeof verifyManifest>> | undefined;
  const rounds = {
    opening,
    asking,
    'verify-manifest': await countRounds(service, async (ports) => {
      totals = await verifyManifest(ports, run);
    }),
    'verify-objects': await countRounds(service, (ports) => verifyObjects(ports, run)),
    'build-file-map': await countRounds(service, (ports) => buildFileMap(ports, run)),
    'judge-recoverability': await countRounds(service, (ports) =>
      judgeRecoverability(ports, { ...run, number: 1 }),
    ),
    'record-recovery-point': await countRounds(service, async (ports) => {
      if (totals === undefined) throw new Error('nothing was verified');
      const map = { fileMap: { state: 'stored' as const, number: 1 }, warnings: [] };
      await recordRecoveryPoint(ports, { ...run, totals, map, judging: { state: 'stored', number: 1 } });
    }),
  };

  expect(rounds).toEqual({
    ...{ opening: 3, asking: 5, 'verify-manifest': 3, 'verify-objects': 3 },
    ...{ 'build-file-map': 5, 'judge-recoverability': 4, 'record-recovery-point': 6 },
  });
});

it('asks side by side what a restore needs', async () => {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const upload = await openSnapshot(service, caller, mount);
  await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
  const { recoveryPointId } = await runCommit(service, upload.uploadId);
  service.workflows.addTask('token');

  const ordering = await countRounds(service, (ports) => orderRestore(ports, operator, { recoveryPointId }));
  const [restore] = (await service.catalog.restores.list({}, { limit: 1 })).items;
  if (restore === undefined) throw new Error('nothing was ordered');
  const { restoreId } = restore;
  const poll = {
    ...{ storeId: mount.storeId, isJournalCurrent: true, idleSeconds: 30, protocolVersion: 1 },
    ...{ gatewayVersion: '1.0.0', capabilities: ['stage-restore'], databases: [] },
    mounts: [{ mountId: mount.mountId, state: 'ready' as const }],
  };
  const rounds = {
    ordering,
    'hand-over': await countRounds(service, (ports) =>
      handOverRestore(ports, { restoreId, taskToken: 'token' }),
    ),
    polling: await countRounds(service, (ports) => pollStore(ports, poll)),
    signing: await countRounds(service, (ports) =>
      signRestore(ports, caller, { restoreId, fence: 1, keys: [] }),
    ),
    reporting: await countRounds(service, (ports) =>
      reportRestoreResult(ports, caller, { restoreId, fence: 1, outcome: 'completed', progress }),
    ),
    ending: await countRounds(service, (ports) =>
      endStaging(ports, { restoreId, end: { state: 'completed', progress } }),
    ),
  };

  expect(rounds).toEqual({ ordering: 5, 'hand-over': 2, polling: 3, signing: 1, reporting: 3, ending: 4 });
});

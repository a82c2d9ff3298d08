import type { Caller } from '../../shared/domain/access.ts';
import { toInstant, toMillis } from '../../shared/domain/instant.ts';
import type { Mount } from '../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { filesOfNight, type Night, nightLog } from '../domain/recoverability/session.ts';
import {
  askCommit,
  createStoreAndMount,
  type MemoryService,
  openSnapshot,
  runCommit,
  uploadFiles,
} from './uploading.ts';

/** A level 0 and the level 1 of the day after; the host's clock is two hours ahead of UTC. */
export const twoNights: readonly Night[] = [
  { day: '2026-02-01' },
  { day: '2026-02-02', level: 1, before: [[1, 122]], after: [[1, 123]] },
];

/** A mount with a point for each night, in a store whose gateway can restore. `lost`: files that the last of them lacks. */
export async function arrangeNights(
  service: MemoryService,
  nights: readonly Night[],
  fileBytes: number,
  lost: readonly string[] = [],
): Promise<{ readonly mount: Mount; readonly caller: Caller; readonly points: readonly RecoveryPoint[] }> {
  const { mount, caller } = await createStoreAndMount(service);
  const files: Record<string, Uint8Array> = {};
  const points: RecoveryPoint[] = [];
  for (const [index, night] of nights.entries()) {
    for (const path of filesOfNight(night)) files[path] = contentOf(path, fileBytes);
    if (index === nights.length - 1) for (const path of lost) delete files[path];
    service.clock.advance(Date.parse(`${night.day}T21:00:00Z`) - toMillis(service.clock.now()));
    const upload = await openSnapshot(service, caller, mount);
    const log = {
      content: nightLog(night),
      fileName: `${index}.log`,
      mountpoint: '/mnt/ledger',
      platform: 'linux' as const,
      receivedAt: toInstant(0),
    };
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, { ...files }, [log]));
    points.push(await runCommit(service, upload.uploadId));
  }
  await service.catalog.stores.noteSeen(mount.storeId, {
    at: service.clock.now(),
    gatewayVersion: '1.0.0',
    capabilities: ['stage-restore', 'restore-options'],
  });
  return { mount, caller, points };
}

/** Does not compress. */
function contentOf(path: string, bytes: number): Uint8Array {
  let state = [...path].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  return Uint8Array.from({ length: bytes }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

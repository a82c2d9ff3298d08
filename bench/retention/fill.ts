import type { CatalogState } from '../../shared/adapters/memory/catalog/state.ts';
import type { MountId, StoreId, UploadId } from '../../shared/domain/ids.ts';
import { addMillis, type Instant } from '../../shared/domain/instant.ts';
import { journalStart } from '../../shared/domain/journal.ts';
import type { Mount } from '../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { judgeFileMap } from '../../shared/usecases/databases/judge-recoverability.ts';
import { makeFileMap } from '../../shared/usecases/databases/make-file-map.ts';
import { storeTinySnapshot, type TinyPack } from './tiny-snapshot.ts';

export const day = 86_400_000;
let ids = 0;
const ulid = () => `01J${String(++ids).padStart(23, '0')}`;
const storeId = `sto-${ulid()}` as StoreId;

interface Wanted {
  readonly points: number;
  /** When the first was committed; one a day from there. */
  readonly from: Instant;
  readonly expire: string;
  readonly dueAt: Instant;
}

/** A mount as if it had been backed up every day; without objects where only the catalog is looked at. */
export async function fillMount(
  {
    state,
    catalog,
    vault,
  }: { readonly state: CatalogState; readonly catalog: Catalog; readonly vault?: Vault },
  { points, from, expire, dueAt }: Wanted,
): Promise<MountId> {
  const mountId = `mnt-${ulid()}` as MountId;
  let parent: { readonly uploadId: UploadId; readonly manifestSha256: string } | undefined;
  let packs: readonly TinyPack[] = [];
  for (let seq = 1; seq <= points; seq++) {
    const committedAt = addMillis(from, seq * day);
    const uploadId = ulid() as UploadId;
    const identity = { mountId, uploadId, parent, at: committedAt };
    const stored = vault && (await storeTinySnapshot(vault, identity, packs));
    const manifestSha256 = stored?.sha256 ?? '0'.repeat(64);
    const point: RecoveryPoint = {
      ...{ recoveryPointId: uploadId, mountId, storeId, seq, state: 'available', snapName: 'UID_1' },
      ...{ takenAt: committedAt, committedAt, expiresAt: 'never', manifestSha256 },
      manifestBytes: stored?.sizeBytes ?? 100,
      totals: { files: 1, bytes: 100, ownObjects: 3, ownStoredBytes: 1000, logs: 0 },
      ...(parent && { parentId: parent.uploadId }),
    };
    state.recoveryPoints.set(uploadId, point);
    state.uploads.set(uploadId, {
      ...{
        uploadId,
        mountId,
        storeId,
        state: 'committed',
        snapshotId: uploadId,
        snapName: 'UID_1',
        fence: seq,
        epoch: 1,
      },
      ...{ requestedAt: committedAt, openedAt: committedAt, deadline: committedAt, leaseUntil: committedAt },
      ...{ urlUntil: committedAt, seq, journalNumber: 0 },
    });
    if (vault) await judge({ catalog, vault }, point, state);
    parent = { uploadId, manifestSha256 };
    packs = stored?.packs ?? [];
  }
  const mount: Mount = {
    ...{ mountId, storeId, name: mountId, state: 'ready', volumeId: 10_001, expire, maxPendingSnapshots: 3 },
    ...{ createdAt: from, seq: points, lineVersion: points, epoch: 1, fence: points, journal: journalStart },
    ...{ dueAt, policy: { maxExpiredPercentPerDay: 100, undoWindow: '1d' } },
    ...(parent && { headId: parent.uploadId }),
  };
  state.mounts.set(mountId, mount);
  return mountId;
}

async function judge(
  ports: { readonly catalog: Catalog; readonly vault: Vault },
  point: RecoveryPoint,
  state: CatalogState,
): Promise<void> {
  const { recoveryPointId, mountId } = point;
  const { fileMap } = await makeFileMap(ports, point, 1);
  const judged = await judgeFileMap(ports.vault, { mountId, recoveryPointId, number: fileMap.number });
  const judgement = judged.outcome === 'judged' && { judgement: judged.judgement };
  state.recoveryPoints.set(recoveryPointId, { ...point, fileMap, ...judgement });
}

import type { MountId, UploadId } from '../../domain/ids.ts';
import { nextJournalEntry } from '../../domain/journal.ts';
import { isLive, type RecoveryPoint } from '../../domain/recovery-point.ts';
import { parseVaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { RenewedMap } from '../../ports/catalog/recovery-points.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { listAll } from '../list-all.ts';
import { judgeFileMap, judgingFailed } from './judge-recoverability.ts';
import { parseOnce } from './log-parses.ts';
import { makeFileMap } from './make-file-map.ts';
import { noteDatabases } from './note-databases.ts';

/** Each lost race means that another change of the mount got on. */
const maxAttempts = 8;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints' | 'databases'>;
  readonly vault: Pick<Vault, 'read' | 'putOnce'>;
  readonly clock: Clock;
}

/**
 * A log has arrived. When it is one that was announced for a point after its commit, it is read, and the point and those after it
 * get new file maps and judgements; earlier ones stay. Events come twice and late: a map that would say the same again is not made.
 */
export async function takeLateLog(
  dependencies: Dependencies,
  key: string,
): Promise<{ outcome: 'ignored' } | { outcome: 'taken'; maps: number }> {
  const { catalog, vault } = dependencies;
  const parsed = parseVaultKey(key);
  if (parsed?.kind !== 'log') return { outcome: 'ignored' };
  const { mountId, uploadId, number, sha256 } = parsed;
  const point = await catalog.recoveryPoints.find(uploadId);
  const row = point?.lateLogs?.find((each) => each.number === number && each.sha256 === sha256);
  if (point === undefined || row === undefined || !isLive(point.state)) return { outcome: 'ignored' };
  await parseOnce(vault, { mountId, uploadId }, row);
  let maps = 0;
  for (const { recoveryPointId } of await pointsFrom(catalog, point)) {
    if (await renewMap(dependencies, recoveryPointId)) maps++;
  }
  await requireNoCommit(catalog, mountId);
  return { outcome: 'taken', maps };
}

/** The point and those behind it in the line, in their order. */
async function pointsFrom(
  catalog: Pick<Catalog, 'recoveryPoints'>,
  { mountId, seq }: RecoveryPoint,
): Promise<RecoveryPoint[]> {
  const points = await listAll((page) => catalog.recoveryPoints.list({ mountId }, page));
  return points
    .filter((each) => each.seq >= seq && isLive(each.state))
    .sort((one, other) => one.seq - other.seq);
}

/** Whether the point has another map now. */
async function renewMap(dependencies: Dependencies, recoveryPointId: UploadId): Promise<boolean> {
  const { catalog } = dependencies;
  // The list is behind: what it says is read again.
  const point = await catalog.recoveryPoints.find(recoveryPointId);
  if (point === undefined || !isLive(point.state)) return false;
  const number = point.fileMap?.state === 'stored' ? point.fileMap.number : 1;
  const { fileMap, warnings } = await makeFileMap(dependencies, point, number);
  if (point.fileMap?.state === 'stored' && fileMap.number === point.fileMap.number) return false;
  const judged = await judgeFileMap(dependencies.vault, { ...point, number: fileMap.number });
  const next =
    judged.outcome === 'judged'
      ? { fileMap, warnings, judgement: judged.judgement }
      : { fileMap, warnings: [...warnings, judgingFailed(judged.reason)] };
  await changeMap(dependencies, point, next);
  await noteDatabases(dependencies, { ...point, fileMap });
  return true;
}

/** What the journal says of it is what a rebuild goes by. */
async function changeMap(
  { catalog, clock }: Dependencies,
  point: RecoveryPoint,
  next: RenewedMap,
): Promise<void> {
  const { recoveryPointId, mountId } = point;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const mount = await catalog.mounts.find(mountId);
    if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
    const event = { at: clock.now(), kind: 'file-map-renewed', data: { recoveryPointId, ...next } };
    const entry = nextJournalEntry(mountId, mount.journal, event);
    if ((await catalog.recoveryPoints.changeFileMap(point, next, entry)) === 'changed') return;
  }
  throw later(`another run gave point ${recoveryPointId} a map, or its mount changes too often`);
}

/** A commit under way may have begun with the maps of before: its point gets its new one when this event comes again. */
async function requireNoCommit(
  catalog: Pick<Catalog, 'mounts' | 'uploads'>,
  mountId: MountId,
): Promise<void> {
  const mount = await catalog.mounts.find(mountId);
  const upload = mount?.openUploadId && (await catalog.uploads.find(mount.openUploadId));
  if (upload && upload.state === 'committing') throw later(`upload ${upload.uploadId} is being committed`);
}

const later = (why: string) => new ServiceError('COMMIT_CONFLICT', `${why}: the late log is taken up again`);

import { pointRequestOf } from '../../domain/backup-request.ts';
import { expiresAt, parseExpire } from '../../domain/expire.ts';
import type { Instant } from '../../domain/instant.ts';
import { nextJournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import { summarize } from '../../domain/recoverability/judgement.ts';
import {
  isLive,
  type PointFileMap,
  type PointWarning,
  type RecoveryPoint,
  type RecoveryPointTotals,
} from '../../domain/recovery-point.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { judgingFailed, type PointJudging } from '../databases/judge-recoverability.ts';
import { noteDatabases } from '../databases/note-databases.ts';
import { readNumberedJudgement } from '../databases/read-judgement.ts';
import { unlessLost } from '../databases/stored-maps.ts';
import { requireInStep } from '../mounts/require-in-step.ts';
import { requireUndamaged } from '../uploads/damaged-parent.ts';
import { type CommitRun, type CommittingUpload, findCommitting } from './find-committing.ts';

/** Each lost race means that another change of the mount got on. */
const maxAttempts = 8;

type RecordRun = CommitRun & {
  readonly totals: RecoveryPointTotals;
  readonly map?: { readonly fileMap: PointFileMap; readonly warnings: readonly PointWarning[] } | undefined;
  readonly judging?: PointJudging | undefined;
  /** Until when its data is locked, where the vault has Object Lock. */
  readonly lockedUntil?: Instant | undefined;
};

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints' | 'requests' | 'databases'>;
  readonly vault: Pick<Vault, 'read' | 'putOnce'>;
  readonly clock: Clock;
}

/**
 * Sixth step of a commit: the transaction that makes the verified upload a recovery point (PROTOCOL 9), then the copy
 * of the record beside its data and the databases by which the point is found. Repeats, at any time and at once, end in one point.
 */
export async function recordRecoveryPoint(
  dependencies: Dependencies,
  run: RecordRun,
): Promise<RecoveryPoint> {
  const point = await commitOnce(dependencies, run);
  await Promise.all([storeRecord(dependencies.vault, point), noteDatabases(dependencies, point)]);
  return point;
}

async function commitOnce({ catalog, vault, clock }: Dependencies, run: RecordRun): Promise<RecoveryPoint> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const upload = await findCommitting(catalog, run);
    const known = upload.state === 'committed' && (await catalog.recoveryPoints.find(upload.uploadId));
    if (known) return known;
    const [mount, findings, request] = await Promise.all([
      findReadyMount({ catalog, vault }, upload),
      findingsOf(vault, upload, run),
      requestOf(catalog, upload),
    ]);
    const found = { ...findings, ...request, ...lockOf(run), totals: run.totals };
    const point = draftPoint(upload, mount, found, clock.now());
    const { committedAt: at } = point;
    const { lineVersion, seq } = mount;
    const journalNumber = mount.journal.number + 1;
    const committed = { ...upload, state: 'committed', seq: point.seq, journalNumber };
    const data = { ...point, upload: committed, by: upload.storeId };
    const entry = nextJournalEntry(mount.mountId, mount.journal, {
      ...{ at, kind: 'recovery-point-committed', data },
    });
    const expected = { lineVersion, seq, journalNumber: mount.journal.number };
    const outcome = await catalog.uploads.commit({ upload, recoveryPoint: point, expected, entry });
    if (outcome === 'committed') return point;
  }
  throw new ServiceError('COMMIT_CONFLICT', `mount of upload ${run.uploadId} changes too often to commit`);
}

/** The mount, whose line the point may be added to; as of now, for the transaction is conditional on the line's version. */
async function findReadyMount(
  { catalog, vault }: Pick<Dependencies, 'catalog' | 'vault'>,
  upload: CommittingUpload,
): Promise<Mount> {
  const mount = await catalog.mounts.find(upload.mountId);
  if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${upload.mountId}`);
  requireInStep(mount);
  // After the mount: damage that is noted later raises the line's version, and the transaction fails.
  const parent = await findLiveParent(catalog, upload);
  if (parent !== undefined) await requireUndamaged(vault, upload, parent);
  return mount;
}

async function findLiveParent(
  catalog: Pick<Catalog, 'recoveryPoints'>,
  { uploadId, parent }: CommittingUpload,
): Promise<RecoveryPoint | undefined> {
  if (parent === undefined) return undefined;
  const point = await catalog.recoveryPoints.find(parent.uploadId);
  if (point !== undefined && isLive(point.state)) return point;
  throw new ServiceError('COMMIT_PARENT_GONE', `parent ${parent.uploadId} of upload ${uploadId} is not live`);
}

function draftPoint(
  upload: CommittingUpload,
  mount: Mount,
  found: Pick<RecoveryPoint, 'totals' | 'request' | 'lockedUntil' | 'fileMap' | 'judgement' | 'warnings'>,
  committedAt: Instant,
): RecoveryPoint {
  const { uploadId, mountId, storeId, snapName, requestedAt, parent, expire, commit } = upload;
  return {
    recoveryPointId: uploadId,
    mountId,
    storeId,
    seq: mount.seq + 1,
    state: 'available',
    ...(parent && { parentId: parent.uploadId }),
    snapName,
    takenAt: requestedAt,
    committedAt,
    expiresAt: expiresAt(committedAt, parseExpire(expire ?? mount.expire)),
    ...(expire !== undefined && { expire }),
    manifestSha256: commit.manifestSha256,
    manifestBytes: commit.manifestBytes,
    ...found,
  };
}

/** A rebuilt catalog does not know the requests from before. */
async function requestOf(
  catalog: Pick<Catalog, 'requests'>,
  { requestId }: CommittingUpload,
): Promise<Pick<RecoveryPoint, 'request'>> {
  const request = requestId && (await catalog.requests.find(requestId));
  return request ? { request: pointRequestOf(request) } : {};
}

const lockOf = ({ lockedUntil }: RecordRun) => (lockedUntil === undefined ? {} : { lockedUntil });

/** What the steps before came to. The judgement is read from the vault: a workflow's state has no room for hundreds of databases. */
async function findingsOf(
  vault: Pick<Vault, 'read'>,
  { mountId, uploadId: recoveryPointId }: CommittingUpload,
  { map, judging }: RecordRun,
): Promise<Pick<RecoveryPoint, 'fileMap' | 'judgement' | 'warnings'>> {
  if (map === undefined) return {};
  const { fileMap, warnings } = map;
  if (fileMap.state === 'failed') return { fileMap, ...(warnings.length > 0 && { warnings }) };
  const { number } = fileMap;
  const isStored = judging?.state === 'stored' && judging.number === number;
  const of = { mountId, recoveryPointId, number };
  const judgement = isStored ? await unlessLost(() => readNumberedJudgement(vault, of)) : undefined;
  if (judgement !== undefined) {
    return { fileMap, judgement: summarize(judgement), ...(warnings.length > 0 && { warnings }) };
  }
  const reason = judging?.state === 'failed' ? judging.reason : 'the judgement is not in the vault';
  return { fileMap, warnings: [...warnings, judgingFailed(reason)] };
}

/** Written after the transaction, so that it says what was recorded. Without a commit in the journal it proves nothing. */
async function storeRecord(vault: Pick<Vault, 'putOnce'>, point: RecoveryPoint): Promise<void> {
  const { mountId, recoveryPointId: uploadId } = point;
  const key = formatVaultKey({ kind: 'recovery-point', mountId, uploadId });
  await vault.putOnce(key, Buffer.from(JSON.stringify({ version: 1, recoveryPoint: point })));
}

import type { Caller } from '../../domain/access.ts';
import type { UploadId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import { nextJournalEntry } from '../../domain/journal.ts';
import { isLive, type RecoveryPoint } from '../../domain/recovery-point.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import type { LogRow } from '../../domain/vault/manifest-rows.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SignedRequest, Vault } from '../../ports/vault.ts';
import { findUpload } from '../access/find-owned.ts';
import { requireInForce } from '../stores/require-in-force.ts';

/** A script that could not deliver its log tries for days, not for weeks: after that the point's map stays as it is. */
const windowMillis = 7 * 24 * 3_600_000;
const maxLateLogs = 20;
const urlSeconds = 900;
const maxAttempts = 8;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'uploads' | 'mounts' | 'recoveryPoints' | 'stores'>;
  readonly vault: Pick<Vault, 'signPut'>;
  readonly clock: Clock;
}

export type LateLog = Omit<LogRow, 'number'>;

/**
 * Signs the PUT of a log that comes after its snapshot was committed. The manifest is fixed: the log gets the next number, and the point
 * and the journal name it before its URL is given out. Asking again for the same log of the same host signs for the same key.
 */
export async function signLateLog(
  dependencies: Dependencies,
  caller: Caller,
  { uploadId, log }: { uploadId: UploadId; log: LateLog },
): Promise<SignedRequest & { key: string; number: number; expiresAt: Instant }> {
  const { vault, clock } = dependencies;
  const { mountId } = await findUpload(dependencies.catalog, caller, uploadId);
  await requireInForce(dependencies.catalog, caller);
  const signedAt = clock.now();
  const expiresAt = addMillis(signedAt, urlSeconds * 1000);
  const { number, sha256, storedBytes: sizeBytes } = await addOnce(dependencies, uploadId, log, signedAt);
  const key = formatVaultKey({ kind: 'log', mountId, uploadId, number, sha256 });
  const signed = await vault.signPut({ key, sha256, sizeBytes, signedAt, validSeconds: urlSeconds });
  return { key, number, expiresAt, ...signed };
}

async function addOnce(
  { catalog }: Dependencies,
  uploadId: UploadId,
  log: LateLog,
  now: Instant,
): Promise<LogRow> {
  const urlUntil = addMillis(now, urlSeconds * 1000);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const upload = await catalog.uploads.find(uploadId);
    // Before the point: what changes its logs after this moves the journal, and the transaction fails.
    const mount = upload && (await catalog.mounts.find(upload.mountId));
    const point = await catalog.recoveryPoints.find(uploadId);
    if (upload === undefined || mount === undefined || point === undefined) {
      throw new ServiceError(
        'UPLOAD_STATE_CONFLICT',
        `upload ${uploadId} is not committed: its logs stand in its manifest`,
      );
    }
    const known = findKnown(point, log);
    // No URL may outlive what the catalog knows of it (PROTOCOL 5): a later one needs another entry.
    if (known !== undefined && upload.urlUntil >= urlUntil) return known;
    requireRoom(point, known === undefined, now);
    const row = known ?? { ...log, number: nextNumber(point) };
    const event = { at: now, kind: 'late-log', data: { recoveryPointId: uploadId, log: row, urlUntil } };
    const entry = nextJournalEntry(mount.mountId, mount.journal, event);
    const outcome = await catalog.recoveryPoints.addLateLog(mount, uploadId, { row, urlUntil, entry });
    if (outcome === 'added') return row;
  }
  throw new ServiceError('COMMIT_CONFLICT', `the mount of upload ${uploadId} changes too often to add a log`);
}

/**
 * The log as it was announced before. With another mountpoint or platform it counts as another log: the point gets another map by it.
 * What was said last may be said again.
 */
function findKnown({ lateLogs = [] }: RecoveryPoint, log: LateLog): LogRow | undefined {
  const said = lateLogs.filter(({ sha256 }) => sha256 === log.sha256);
  const last = said.reduce<LogRow | undefined>(lastReceived, undefined);
  return said.find(
    (row) =>
      row.mountpoint === log.mountpoint &&
      row.platform === log.platform &&
      (row === last || row.receivedAt === log.receivedAt),
  );
}

const lastReceived = (one: LogRow | undefined, other: LogRow): LogRow =>
  one !== undefined && one.receivedAt > other.receivedAt ? one : other;

function requireRoom(
  { state, committedAt, totals, lateLogs = [] }: RecoveryPoint,
  isNew: boolean,
  now: Instant,
) {
  const refuse = (why: string) => new ServiceError('LATE_LOG_REFUSED', `a log cannot be added: ${why}`);
  if (!isLive(state)) throw refuse('the recovery point is being deleted');
  if (addMillis(committedAt, windowMillis) < now)
    throw refuse('the snapshot was committed more than 7 days ago');
  if (totals.logs === undefined) throw refuse('the point was made by an earlier version');
  if (isNew && lateLogs.length >= maxLateLogs) throw refuse(`${maxLateLogs} came late already`);
}

const nextNumber = ({ totals, lateLogs = [] }: RecoveryPoint): number =>
  (totals.logs ?? 0) + lateLogs.length + 1;

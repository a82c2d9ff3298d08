import type { Instant } from '../../../shared/domain/instant.ts';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { at, makeCommit, makeMount, makePoint, makeUpload } from './rows.ts';

/** Finds what must be there. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it should be there, and is not');
  return value;
}

/** A mount as the catalog has it after its creation. */
export async function createdMount(catalog: Catalog, fields: Partial<Mount> = {}): Promise<Mount> {
  const { mount, entry } = makeMount(fields);
  await catalog.mounts.create(mount, entry);
  return present(await catalog.mounts.find(mount.mountId));
}

/** An open upload of the mount as it stands in the catalog. */
export async function openedUpload(
  catalog: Catalog,
  { mountId }: Pick<Mount, 'mountId'>,
  fields: Partial<Upload> = {},
): Promise<Upload> {
  const upload = makeUpload(present(await catalog.mounts.find(mountId)), fields);
  const { outcome } = await catalog.uploads.open(upload);
  if (outcome !== 'opened') throw new Error(`opening answered ${outcome}`);
  return upload;
}

/** An upload whose commit has begun. */
export async function committingUpload(
  catalog: Catalog,
  mount: Pick<Mount, 'mountId'>,
  fields: Partial<Upload> = {},
): Promise<Upload> {
  const upload = await openedUpload(catalog, mount, fields);
  await catalog.uploads.beginCommit(upload.uploadId, upload.fence, makeCommit(upload));
  return present(await catalog.uploads.find(upload.uploadId));
}

/** What `uploads.commit` is given to make the upload the next point of the mount as it now stands. */
export async function commitChange(catalog: Catalog, upload: Upload) {
  const mount = present(await catalog.mounts.find(upload.mountId));
  const recoveryPoint = makePoint(mount, upload);
  const entry = nextJournalEntry(mount.mountId, mount.journal, {
    at: recoveryPoint.committedAt,
    kind: 'recovery-point-committed',
    data: recoveryPoint,
  });
  const { lineVersion, seq, journal } = mount;
  return { upload, recoveryPoint, expected: { lineVersion, seq, journalNumber: journal.number }, entry };
}

/** A new point at the end of the mount's line. */
export async function committedPoint(
  catalog: Catalog,
  mount: Pick<Mount, 'mountId'>,
  fields: Partial<Upload> = {},
  pointFields: Partial<RecoveryPoint> = {},
): Promise<RecoveryPoint> {
  const upload = await committingUpload(catalog, mount, fields);
  const drafted = await commitChange(catalog, upload);
  const change = { ...drafted, recoveryPoint: { ...drafted.recoveryPoint, ...pointFields } };
  const outcome = await catalog.uploads.commit(change);
  if (outcome !== 'committed') throw new Error(`the commit answered ${outcome}`);
  return change.recoveryPoint;
}

/** Closes the upload, as the journal of its mount now stands. */
export async function closeUpload(
  catalog: Catalog,
  upload: Upload,
  reason: string,
  leaseEndedBy?: Instant,
): Promise<'closed' | 'conflict'> {
  const { mountId, journal } = present(await catalog.mounts.find(upload.mountId));
  const entry = nextJournalEntry(mountId, journal, { at: at(0), kind: 'upload-closing', data: { reason } });
  return catalog.uploads.close(upload, { reason, entry, ...(leaseEndedBy && { leaseEndedBy }) });
}

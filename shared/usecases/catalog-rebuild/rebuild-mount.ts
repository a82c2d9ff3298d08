import type { MountId, UploadId } from '../../domain/ids.ts';
import { idPatterns } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import { type MountHistory, replayJournal } from '../../domain/journal/mount-history.ts';
import { type ReadEntry, readEntry } from '../../domain/journal/read-entry.ts';
import { type JournalEntry, journalStart, nextJournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import { armSchedule } from '../../domain/schedule/arm-schedule.ts';
import type { Upload } from '../../domain/upload.ts';
import { uploadsPrefix } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { listAll } from '../list-all.ts';
import { isInStep } from './is-in-step.ts';
import { readJournal } from './read-journal.ts';
import { endRestores, noteAllDatabases } from './rebuild-surroundings.ts';

export interface RebuildDependencies {
  readonly catalog: Pick<
    Catalog,
    'stores' | 'mounts' | 'uploads' | 'recoveryPoints' | 'databases' | 'restores' | 'outbox' | 'rebuild'
  >;
  readonly vault: Pick<Vault, 'listVersions' | 'listFolders' | 'read' | 'putOnce'>;
  readonly clock: Clock;
}

/** All that a rebuild adds to the journal goes into one transaction, which has at most 100 actions: what is beyond takes another. */
const mostStrays = 80;

/** No signed URL is valid longer: the bucket refuses older signatures. */
const longestUrlMillis = 15 * 60_000;

/** Each lost race means that another run has taken the mount, or brought it up to the vault. */
const maxAttempts = 5;

/**
 * Makes the catalog of one mount what its journal in the vault says (PROTOCOL 16), and adds to the journal that this was
 * done: epoch + 1, all leases, pins and fences void, what was uploaded without a commit given up, and a mark that keeps
 * everything of the mount from being deleted until it is signed off. `in-step`: the catalog is not behind and knows every upload, nothing was done.
 * `rebuilt-in-part`: more was uploaded without a commit than one transaction gives up; once the journal is stored, call again with
 * `goesOn`. Runs that are cut off are run again; of runs that overlap, one gets through. Throws JOURNAL_BROKEN, COMMIT_CONFLICT.
 */
export async function rebuildMount(
  dependencies: RebuildDependencies,
  mountId: MountId,
  { by, goesOn }: { readonly by: string; readonly goesOn: boolean },
): Promise<'rebuilt' | 'rebuilt-in-part' | 'in-step'> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const outcome = await rebuildAsRead(dependencies, mountId, { by, goesOn });
    if (outcome !== 'conflict') return outcome;
  }
  throw new ServiceError('COMMIT_CONFLICT', `mount ${mountId} is rebuilt by several runs at once`);
}

async function rebuildAsRead(
  dependencies: RebuildDependencies,
  mountId: MountId,
  { by, goesOn }: { readonly by: string; readonly goesOn: boolean },
): Promise<'rebuilt' | 'rebuilt-in-part' | 'in-step' | 'conflict'> {
  const { catalog, vault, clock } = dependencies;
  const earlier = await catalog.mounts.find(mountId);
  if (!goesOn && earlier !== undefined && (await isInStep(dependencies, earlier))) {
    if (!(await hasUnknownUploads(dependencies, mountId))) return 'in-step';
  }
  const now = clock.now();
  const claimed = earlier && (await catalog.rebuild.claimMount(earlier, now));
  if (claimed === 'conflict') return 'conflict';
  if (claimed !== undefined) await endRestores(catalog, mountId, now);
  // Only now: nothing adds to the journal any more. A mount that the catalog does not have is put only if that is still so.
  const stored = await readJournal(vault, mountId);
  const before = replayJournal(mountId, stored);
  const strays = await findStrays(vault, before, earlier);
  const entries = draftEntries(before, strays.slice(0, mostStrays), { by, now });
  const history = replayJournal(mountId, [...stored, ...entries.map(({ read }) => read)]);
  await addStore(catalog, history);
  await noteAllDatabases(dependencies, history.points);
  const { mount } = history;
  const outcome = await catalog.rebuild.replaceMount(
    {
      ...history,
      schedules: history.schedules.map((each) =>
        armSchedule({ ...each, version: mount.journal.number }, now),
      ),
      mount: { ...mount, dueAt: now, journal: { ...mount.journal, stored: stored.length } },
    },
    entries.map(({ entry }) => entry),
    claimed,
  );
  if (outcome !== 'replaced') return 'conflict';
  return strays.length > mostStrays ? 'rebuilt-in-part' : 'rebuilt';
}

/**
 * Whether something was uploaded that the catalog knows nothing of: an upload has its record before its first URL is signed, so that
 * this is a catalog from the past, although nothing was journaled since. Folders are listed first.
 */
async function hasUnknownUploads(
  { catalog, vault }: Pick<RebuildDependencies, 'catalog' | 'vault'>,
  mountId: MountId,
): Promise<boolean> {
  const folders = await listUploads(vault, mountId);
  const line = await listAll((page) => catalog.recoveryPoints.line({ mountId }, page));
  const points = new Set(line.map(({ point }) => point.recoveryPointId));
  for (const uploadId of folders) {
    if (points.has(uploadId)) continue;
    if ((await catalog.uploads.find(uploadId))?.mountId !== mountId) return true;
  }
  return false;
}

/** Prefixes that no entry knows of, and an upload that was open: none of them is a point, whatever lies there. */
async function findStrays(
  vault: Pick<Vault, 'listFolders'>,
  { mount: { mountId }, uploads }: MountHistory,
  earlier: Mount | undefined,
): Promise<UploadId[]> {
  const known = new Set<string>(uploads.map(({ uploadId }) => uploadId));
  const open = earlier?.openUploadId === undefined ? [] : [earlier.openUploadId];
  const strays = new Set([...open, ...(await listUploads(vault, mountId))]);
  return [...strays].filter((id) => !known.has(id)).sort();
}

/** Whatever else somebody has put there is for the auditor to report. */
async function listUploads(vault: Pick<Vault, 'listFolders'>, mountId: MountId): Promise<UploadId[]> {
  const prefix = uploadsPrefix(mountId);
  const uploads: UploadId[] = [];
  let after: string | undefined;
  do {
    const page = await vault.listFolders({ prefix, ...(after !== undefined && { after }) });
    uploads.push(...(page.folders.filter((folder) => idPatterns.upload.test(folder)) as UploadId[]));
    after = page.next;
  } while (after !== undefined);
  return uploads;
}

/** What the rebuild itself adds to the journal. */
function draftEntries(
  { mount }: MountHistory,
  strays: readonly UploadId[],
  { by, now }: { readonly by: string; readonly now: Instant },
): { readonly entry: JournalEntry; readonly read: ReadEntry }[] {
  const { mountId, epoch } = mount;
  const reason = 'not committed when the catalog was rebuilt';
  const events = [
    ...strays.map((uploadId) => ({
      kind: 'upload-closing',
      data: { upload: strayUpload(mount, uploadId, now), reason, by },
    })),
    { kind: 'catalog-rebuilt', data: { epoch: epoch + 1, by } },
  ];
  let position = mount.journal;
  return events.map((event) => {
    const entry = nextJournalEntry(mountId, position, { at: now, ...event });
    const read = readEntry(entry.bytes, position);
    position = { ...journalStart, number: entry.number, hash: entry.sha256 };
    return { entry, read };
  });
}

/** All that is known of it is its id; a URL may have been signed a moment before the catalog was lost. */
const strayUpload = (
  { mountId, storeId, fence, epoch }: Mount,
  uploadId: UploadId,
  now: Instant,
): Upload => ({
  ...{ uploadId, mountId, storeId, state: 'closing', snapshotId: uploadId, snapName: '', fence, epoch },
  ...{ requestedAt: now, openedAt: now, deadline: now, leaseUntil: now },
  urlUntil: addMillis(now, longestUrlMillis),
});

/** A store as its mounts know it: its gateway activates again. */
async function addStore(
  catalog: RebuildDependencies['catalog'],
  { mount: { storeId, createdAt }, storeName }: MountHistory,
): Promise<void> {
  if ((await catalog.stores.find(storeId)) !== undefined) return;
  await catalog.rebuild.addStore({ storeId, name: storeName ?? storeId, state: 'registered', createdAt });
}

import type { Instant } from '../../domain/instant.ts';
import type { Mount, StoreReport } from '../../domain/mount.ts';
import { isWorthKeeping } from '../../domain/store-report.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { listAll } from '../list-all.ts';
import { becomeGone } from '../mounts/delete-mount.ts';
import { updateMount } from '../mounts/update-mount.ts';
import type { PollInput, ReportedMount } from './poll-input.ts';

type Mounts = { readonly catalog: Pick<Catalog, 'mounts'> };

/** A mount as a poll lists it. */
export interface ListedMount extends Omit<Mount, 'state'> {
  readonly state: 'active' | 'marked-for-delete';
  readonly deleteFence?: number;
  readonly lastSnapName?: string;
}

/** Takes over what the gateway says of its mounts. Answers all mounts of the store, as they then are. */
export async function followReports(
  { catalog }: Mounts,
  { storeId, mounts: reported }: Pick<PollInput, 'storeId' | 'mounts'>,
  now: Instant,
): Promise<Mount[]> {
  const reports = new Map(reported.map((report) => [report.mountId, report]));
  const mounts = await listAll((page) => catalog.mounts.list({ storeId }, page));
  const followed: Mount[] = [];
  for (const mount of mounts) {
    const report = reports.get(mount.mountId);
    followed.push(report ? await followReport({ catalog }, mount, report, now) : mount);
  }
  return followed;
}

async function followReport(
  { catalog }: Mounts,
  mount: Mount,
  { mountId, deleteFence, ...said }: ReportedMount,
  now: Instant,
): Promise<Mount> {
  const report: StoreReport = { ...said, at: now };
  if (mount.state !== 'gone' && isWorthKeeping(mount.storeReport, report)) {
    await catalog.mounts.noteReport(mountId, report);
  }
  if (mount.state === 'creating' && report.state === 'ready') await catalog.mounts.markReady(mountId);
  if (mount.state === 'marked-for-delete' && report.state === 'withdrawn') {
    return endMount({ catalog }, mount, deleteFence, now);
  }
  return mount;
}

/**
 * Makes a mount gone that its gateway has withdrawn because of this very mark: a mark taken back and set again has
 * another fence. Not while the service still has an upload of it open, whatever the gateway says.
 */
function endMount(
  { catalog }: Mounts,
  { mountId, storeId }: Mount,
  deleteFence: number | undefined,
  now: Instant,
): Promise<Mount> {
  const gateway = { credentialId: storeId, role: 'store', storeId } as const;
  return updateMount(catalog, gateway, mountId, async (mount) => {
    const { state, deletion, openUploadId } = mount;
    if (state !== 'marked-for-delete' || deletion?.fence !== deleteFence) return undefined;
    if (deletion === undefined || openUploadId !== undefined) return undefined;
    return becomeGone(mount, { ...deletion, goneAt: now });
  });
}

/**
 * What the gateway is to carry. A mount that is gone is listed until its journal says so in the vault: leaving it out is
 * the acknowledgement by which the gateway forgets it (PROTOCOL 15).
 */
export async function listMounts(
  catalog: Pick<Catalog, 'recoveryPoints'>,
  { isJournalCurrent, mounts: reported }: Pick<PollInput, 'isJournalCurrent' | 'mounts'>,
  mounts: readonly Mount[],
): Promise<ListedMount[]> {
  const carried = new Set(reported.filter(({ state }) => state === 'ready').map(({ mountId }) => mountId));
  const listed = mounts.filter(({ state, journal }) => state !== 'gone' || journal.stored < journal.number);
  return Promise.all(
    listed.map(async (mount) => {
      const knowsNames = isJournalCurrent && carried.has(mount.mountId);
      return { ...asListed(mount), ...(knowsNames ? {} : await lastNameOf(catalog, mount)) };
    }),
  );
}

const asListed = ({ deletion, ...mount }: Mount): ListedMount =>
  deletion === undefined
    ? { ...mount, state: 'active' }
    : { ...mount, state: 'marked-for-delete', deleteFence: deletion.fence };

/** A gateway on new hardware, or with a journal from the past, would give its next snapshot a name of the line again. */
async function lastNameOf(catalog: Pick<Catalog, 'recoveryPoints'>, { headId }: Mount) {
  const head = headId && (await catalog.recoveryPoints.find(headId));
  return head ? { lastSnapName: head.snapName } : {};
}

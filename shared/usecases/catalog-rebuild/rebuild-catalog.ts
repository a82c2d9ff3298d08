import { idPatterns, type MountId } from '../../domain/ids.ts';
import { toMillis } from '../../domain/instant.ts';
import { ServiceError } from '../../errors.ts';
import { storeJournal } from '../journal/store-journal.ts';
import { type RebuildDependencies, rebuildMount } from './rebuild-mount.ts';

export type { RebuildDependencies };

interface RebuildRun {
  /** `empty`: refused where the catalog has anything. `replay`: mounts that are behind the vault are brought up to it. */
  readonly mode: 'empty' | 'replay';
  /** Who ordered it, for the journal. */
  readonly by: string;
  /** Where a run before ended. */
  readonly after?: MountId | undefined;
}

interface RebuildProgress {
  readonly rebuilt: number;
  readonly inStep: number;
  readonly failed: readonly { readonly mountId: MountId; readonly code: string; readonly message: string }[];
  /** The `after` of the next run; absent at the end. */
  readonly next?: MountId;
}

/** S3 lists at most 1,000 folders a page; so many mounts fit the fifteen minutes of a Lambda. */
const mountsPerRun = 20;

/**
 * Rebuilds the catalog from the vault alone, some mounts a run, in the order of their ids. A mount whose journal is broken
 * is named and left out; the others go on. Throws CATALOG_NOT_EMPTY.
 */
export async function rebuildCatalog(
  dependencies: RebuildDependencies,
  { mode, by, after }: RebuildRun,
): Promise<RebuildProgress> {
  const { catalog, vault, clock } = dependencies;
  if (after === undefined) {
    if (mode === 'empty') await requireEmpty(dependencies);
    // Numbers of restores name folders on disks, and those of the lost catalog are not known: seconds are ahead of them.
    await catalog.rebuild.raiseJobIds(Math.floor(toMillis(clock.now()) / 1000));
  }
  const page = await vault.listFolders({ prefix: 'v1/mounts/', ...(after !== undefined && { after }) });
  const mountIds = page.folders
    .slice(0, mountsPerRun)
    .filter((name) => idPatterns.mount.test(name)) as MountId[];
  const isEnd = page.folders.length <= mountsPerRun && page.next === undefined;
  const next = isEnd ? undefined : (page.folders.slice(0, mountsPerRun).at(-1) as MountId | undefined);
  const counts = { rebuilt: 0, inStep: 0 };
  const failed: { mountId: MountId; code: string; message: string }[] = [];
  for (const mountId of mountIds) {
    try {
      const isRebuilt = await rebuildWhole(dependencies, mountId, by);
      counts[isRebuilt ? 'rebuilt' : 'inStep']++;
    } catch (error) {
      if (!(error instanceof ServiceError && error.retry === 'permanent')) throw error;
      failed.push({ mountId, code: error.code, message: error.message });
    }
  }
  return { ...counts, failed, ...(next !== undefined && { next }) };
}

/** False when there was nothing to do. */
async function rebuildWhole(
  dependencies: RebuildDependencies,
  mountId: MountId,
  by: string,
): Promise<boolean> {
  for (let goesOn = false; ; goesOn = true) {
    const outcome = await rebuildMount(dependencies, mountId, { by, goesOn });
    await storeJournal(dependencies, mountId);
    if (outcome !== 'rebuilt-in-part') return outcome === 'rebuilt';
  }
}

async function requireEmpty({ catalog }: RebuildDependencies): Promise<void> {
  const stores = await catalog.stores.list({ limit: 1 });
  const mounts = await catalog.mounts.list({}, { limit: 1 });
  if (stores.items.length === 0 && mounts.items.length === 0) return;
  throw new ServiceError('CATALOG_NOT_EMPTY', 'the catalog has stores or mounts: it is not rebuilt');
}

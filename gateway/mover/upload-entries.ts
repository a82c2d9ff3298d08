import type { UploadId } from '../../shared/domain/ids.ts';
import { defaultLeafBytes } from '../../shared/domain/vault/digest.ts';
import type { ManifestEntry } from '../../shared/domain/vault/manifest-rows.ts';
import { entryWithoutContent, fileEntry } from './entries-of-listing.ts';
import { fileChanged } from './errors.ts';
import { FileAssembly, type UploadStreams } from './file-assembly.ts';
import { mapInOrder } from './in-order.ts';
import { LinkGroups } from './link-groups.ts';
import type { ListedEntry } from './list-tree.ts';
import type { MoverProgress } from './ports.ts';
import { type FileWindow, SnapshotFile, windowsOf } from './snapshot-files.ts';
import { UploadProgress } from './upload-progress.ts';
import { type PooledCut, WorkerPool } from './worker-pool.ts';

export interface EntriesInput {
  readonly root: string;
  readonly owner: UploadId;
  readonly listing: readonly ListedEntry[];
  readonly streams: UploadStreams;
  readonly onProgress: (progress: MoverProgress) => void;
  readonly signal: AbortSignal | undefined;
}

type Step = { readonly entry: ManifestEntry } | { readonly window: FileWindow };
type DoneStep = { readonly entry: ManifestEntry } | { readonly window: FileWindow; readonly cut: PooledCut };

/** Reads the tree in order: frames and segments go to the streams, entries are yielded in the order of a manifest. */
export async function* uploadEntries(input: EntriesInput): AsyncGenerator<ManifestEntry> {
  const links = new LinkGroups(input.listing);
  const progress = new UploadProgress(input.listing, links, input.onProgress);
  const pool = new WorkerPool();
  const openFiles = new Set<SnapshotFile>();
  const newAssembly = () => new FileAssembly(input.streams, input.owner, defaultLeafBytes);
  let assembly = newAssembly();
  try {
    const steps = stepsOf(input, links, openFiles);
    for await (const step of mapInOrder(steps, pool.slots, (step) => carryOut(step, pool))) {
      input.signal?.throwIfAborted();
      if ('entry' in step) {
        yield step.entry;
        continue;
      }
      const { window, cut } = step;
      await assembly.add(window, cut);
      cut.release();
      progress.add(window);
      if (!window.endsFile) continue;
      openFiles.delete(window.file);
      await window.file.finish();
      yield fileEntry(window.file.listed, links, assembly.content());
      assembly = newAssembly();
    }
  } finally {
    // Workers first: they read from the files' descriptors.
    await pool.close();
    for (const file of openFiles) await file.close();
  }
}

/** What is to be done in order: entries that need no reading, and the windows of files, opened when their turn comes. */
async function* stepsOf(
  { root, listing }: EntriesInput,
  links: LinkGroups,
  openFiles: Set<SnapshotFile>,
): AsyncGenerator<Step> {
  for (const listed of listing) {
    const entry = entryWithoutContent(listed, links);
    if (entry) yield { entry };
    else {
      const file = await SnapshotFile.open(root, listed);
      openFiles.add(file);
      for (const window of windowsOf(file)) yield { window };
    }
  }
}

async function carryOut(step: Step, pool: WorkerPool): Promise<DoneStep> {
  if ('entry' in step) return step;
  const { file, offset, length } = step.window;
  const cut = await pool.cut({ fd: file.fd, offset, length, leafBytes: defaultLeafBytes });
  if (cut === 'short') throw fileChanged(file.listed.path, 'became shorter while it was read');
  return { window: step.window, cut };
}

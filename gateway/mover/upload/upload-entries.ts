import type { UploadId } from '../../../shared/domain/ids.ts';
import type { FileEntry, ManifestEntry } from '../../../shared/domain/vault/manifest-rows.ts';
import type { Baselines } from '../baseline/baselines.ts';
import { isSegmentKept } from '../baseline/kept-segment.ts';
import type { ParentFile, ParentSnapshot } from '../baseline/parent-snapshot.ts';
import { type StatCollector, statOf } from '../baseline/stat-cache.ts';
import { newWindowsOf } from '../changes/new-windows.ts';
import { parentWindowsOf } from '../changes/parent-windows.ts';
import { fileChanged } from '../errors.ts';
import { mapInOrder } from '../in-order.ts';
import type { MoverProgress } from '../ports.ts';
import type { PooledCut, WorkerPool } from '../threads/worker-pool.ts';
import { entryWithoutContent, fileEntry } from './entries-of-listing.ts';
import { FileAssembly, type FileContent, type UploadStreams } from './file-assembly.ts';
import type { LinkGroups } from './link-groups.ts';
import type { ListedEntry, Listing } from './list-tree.ts';
import type { NewFilesReport } from './new-files-report.ts';
import { type FileWindow, SnapshotFile, windowsOf } from './snapshot-files.ts';
import { surveyListing } from './survey-listing.ts';
import { UploadProgress } from './upload-progress.ts';

export interface EntriesInput {
  readonly root: string;
  readonly owner: UploadId;
  readonly listing: Listing;
  readonly pool: WorkerPool;
  readonly streams: UploadStreams;
  readonly baselines: Baselines | undefined;
  readonly parent: ParentSnapshot | undefined;
  /** Whether files that look untouched are taken from the parent without being read. */
  readonly trustsStats: boolean;
  /** Whether content of new files is looked for in the parent, and remembered. */
  readonly findsMoved: boolean;
  readonly stats: StatCollector;
  readonly report: NewFilesReport;
  readonly onProgress: (progress: MoverProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/** Of an entry that waits for blocks of a file before it, about. */
const heldEntryBytes = 1024;

type Step =
  | { readonly entry: ManifestEntry }
  /** Not read: as it was in the parent. */
  | { readonly untouched: ListedEntry; readonly content: FileContent }
  | { readonly window: FileWindow };
type DoneStep =
  | Exclude<Step, { readonly window: FileWindow }>
  | { readonly window: FileWindow; readonly cut: PooledCut };

/** Reads the tree in order: frames and segments go to the streams, entries are yielded in the order of a manifest. */
export async function* uploadEntries(input: EntriesInput): AsyncGenerator<ManifestEntry> {
  const { pool, streams, stats, signal } = input;
  const { links, totals } = await surveyListing(input.listing);
  const progress = new UploadProgress(totals, input.onProgress);
  const openFiles = new Set<SnapshotFile>();
  let assembly: FileAssembly | undefined;
  /** An entry is known when the changed blocks of its file have their places, and entries stay in order. */
  const known: ManifestEntry[] = [];
  const add = (make: () => ManifestEntry) =>
    streams.loose.afterwards(heldEntryBytes, () => void known.push(make()));
  try {
    // One slot stays free for what is gathered, and for reading ahead what digests were lost of.
    const steps = stepsOf(input, links, openFiles);
    for await (const step of mapInOrder(steps, pool.slots - 1, (step) => carryOut(step, pool))) {
      signal?.throwIfAborted();
      for (const entry of known.splice(0)) yield entry;
      if ('entry' in step) {
        await add(() => step.entry);
        continue;
      }
      if ('untouched' in step) {
        for (const segment of step.content.segments) streams.maps.reuse(segment);
        progress.addUntouched(step.untouched);
        stats.add(step.untouched);
        await add(() => fileEntry(step.untouched, links, step.content));
        continue;
      }
      const { window, cut } = step;
      const { file } = window;
      assembly ??= new FileAssembly(input, file.leafBytes);
      await assembly.add(window, cut);
      input.report.add(window, cut);
      cut.release();
      progress.add(window);
      if (!window.endsFile) continue;
      openFiles.delete(file);
      await file.finish();
      stats.add(file.listed);
      const finished = assembly;
      await add(() => fileEntry(file.listed, links, finished.content()));
      assembly = undefined;
    }
    await streams.loose.flush();
    yield* known;
  } finally {
    // Workers first: they read from the files' descriptors.
    await pool.close();
    for (const file of openFiles) await file.close();
  }
}

/** What is to be done in order: entries that need no reading, and the windows of files, opened when their turn comes. */
async function* stepsOf(
  input: EntriesInput,
  links: LinkGroups,
  openFiles: Set<SnapshotFile>,
): AsyncGenerator<Step> {
  const { root, listing, parent } = input;
  for await (const listed of listing) {
    const entry = entryWithoutContent(listed, links);
    if (entry) {
      yield { entry };
      continue;
    }
    const before = await parent?.find(listed.path);
    if (parent && before && (await isUntouched(input, parent, before, listed))) {
      yield { untouched: listed, content: contentOf(before) };
      continue;
    }
    const file = await SnapshotFile.open(root, listed);
    openFiles.add(file);
    for await (const window of openedWindowsOf(input, file, before?.entry)) yield { window };
  }
}

/** A file is compared with what stood in its place, if that had the same blocks; else its content is looked for. */
function openedWindowsOf(
  input: EntriesInput,
  file: SnapshotFile,
  before: FileEntry | undefined,
): AsyncIterable<FileWindow> | Iterable<FileWindow> {
  const { parent, pool, baselines, findsMoved } = input;
  if (parent && before?.leafBytes === file.leafBytes) return parentWindowsOf(file, before, parent, input);
  const isSearched = findsMoved && baselines && isSegmentKept(file.listed.sizeBytes);
  return isSearched ? newWindowsOf(file, parent, pool) : windowsOf(file);
}

const isUntouched = async (
  { trustsStats }: EntriesInput,
  parent: ParentSnapshot,
  { entry, stat }: ParentFile,
  listed: ListedEntry,
): Promise<boolean> => trustsStats && stat === statOf(listed) && (await parent.isReusable(entry));

const contentOf = ({ entry }: ParentFile): FileContent => {
  const { size, leafBytes, digest, holes, segments } = entry;
  return { size, leafBytes, digest, holes, segments };
};

async function carryOut(step: Step, pool: WorkerPool): Promise<DoneStep> {
  if (!('window' in step)) return step;
  const { file, offset, length, known, moved, tellsContent } = step.window;
  const { fd, leafBytes, listed } = file;
  const isKept = isSegmentKept(listed.sizeBytes);
  const parts = {
    ...(known && { known }),
    ...(moved && { moved: moved.stretches }),
    ...(tellsContent && { fileBytes: listed.sizeBytes }),
  };
  const cut = await pool.cut({ fd, offset, length, leafBytes, isKept, ...parts });
  if (cut === 'short') throw fileChanged(listed.path, 'became shorter while it was read');
  return { window: step.window, cut };
}

import { damaged } from '../../../shared/domain/vault/errors.ts';
import type {
  FileEntry,
  ManifestEntry,
  ManifestHeader,
  ManifestRow,
} from '../../../shared/domain/vault/manifest-rows.ts';
import { MoverError } from '../errors.ts';
import type { RestoreSelection } from './restore-selection.ts';
import type { RestoreWork } from './restore-work.ts';

/** What reading the manifest told. */
export interface PlannedEntries {
  readonly header: ManifestHeader;
  /** Sockets, pipes and devices among what is chosen; they are not made again. */
  readonly skipped: number;
}

/**
 * Notes what of a snapshot is restored; nothing else is written. Throws RESTORE_PATH_UNKNOWN for chosen paths that the
 * snapshot does not hold.
 */
export async function planEntries(
  rows: AsyncIterable<ManifestRow>,
  manifestKey: string,
  selection: RestoreSelection,
  work: RestoreWork,
): Promise<PlannedEntries> {
  const entries = new EntryPlan(selection, work);
  let header: ManifestHeader | undefined;
  for await (const row of rows) {
    if (row.row === 'manifest') header = row.header;
    else if (row.row === 'object' && row.object.kind === 'map') work.addMap(row.object);
    else if (row.row === 'object' && row.object.kind === 'pack') work.addPack(row.object);
    else if (row.row === 'entry') entries.add(row.entry);
  }
  if (!header) throw damaged(manifestKey, 'has no header');
  selection.requireFound();
  return { header, skipped: entries.skipped };
}

/** A file with several names, as far as the rows have told. */
type Linked = { readonly id: number } | { readonly waiting: FileEntry };

class EntryPlan {
  skipped = 0;
  readonly #selection: RestoreSelection;
  readonly #work: RestoreWork;
  readonly #linked = new Map<number, Linked>();

  constructor(selection: RestoreSelection, work: RestoreWork) {
    this.#selection = selection;
    this.#work = work;
  }

  add(entry: ManifestEntry): void {
    const isChosen = this.#selection.includes(entry.path);
    if (entry.type === 'directory') {
      if (isChosen || this.#selection.leadsToChosen(entry.path)) this.#work.addDirectory(entry);
    } else if (entry.type === 'file') this.#addFile(entry, isChosen);
    else if (isChosen) this.#addChosen(entry);
  }

  /** A name that is not chosen may be the first of a file of which another is: its content then goes there. */
  #addFile(entry: FileEntry, isChosen: boolean): void {
    const id = isChosen ? this.#work.addFile(entry) : undefined;
    if (entry.linkGroup === undefined) return;
    this.#linked.set(entry.linkGroup, id === undefined ? { waiting: entry } : { id });
  }

  #addChosen(entry: Exclude<ManifestEntry, { type: 'directory' | 'file' }>): void {
    if (entry.type === 'symlink') this.#work.addSymlink(entry);
    else if (entry.type === 'hardlink') this.#addName(entry.path, entry.linkGroup);
    else if (this.#selection.isNamed(entry.path)) throw notKept(entry.path, entry.reason);
    else this.skipped++;
  }

  #addName(path: Buffer, group: number): void {
    const linked = this.#linked.get(group);
    // The manifest's checks have seen to it that the file comes first.
    if (!linked) throw new Error(`link group ${group} has no file`);
    if ('id' in linked) this.#work.addName(path, linked.id);
    else this.#linked.set(group, { id: this.#work.addFile(linked.waiting, path) });
  }
}

const notKept = (path: Buffer, reason: string): MoverError =>
  new MoverError('RESTORE_PATH_UNKNOWN', path, `is a ${reason}, which is listed and not kept; leave it out`);

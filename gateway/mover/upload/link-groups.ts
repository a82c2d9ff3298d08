import type { ListedEntry } from './list-tree.ts';

interface LinkGroup {
  /** Counts up from 1 in the order of the groups' first names. */
  readonly number: number;
  /** The name whose entry carries the content. */
  readonly first: ListedEntry;
}

/** The files of a listing that have several names in it. Names outside the listing do not count. */
export class LinkGroups {
  readonly #groups = new Map<string, LinkGroup>();

  readonly #firstNames = new Map<string, ListedEntry>();
  readonly #shared = new Set<string>();

  /** Takes the files of a listing, in its order. Answers whether it is the first name of its file. */
  note(entry: ListedEntry): boolean {
    if (entry.links < 2) return true;
    const inode = inodeOf(entry);
    if (this.#firstNames.has(inode)) {
      this.#shared.add(inode);
      return false;
    }
    this.#firstNames.set(inode, entry);
    return true;
  }

  /** All files were noted: numbers those that have several names. */
  close(): void {
    for (const [inode, first] of this.#firstNames) {
      if (this.#shared.has(inode)) this.#groups.set(inode, { number: this.#groups.size + 1, first });
    }
    this.#firstNames.clear();
    this.#shared.clear();
  }

  find(listed: ListedEntry): LinkGroup | undefined {
    return listed.type === 'file' ? this.#groups.get(inodeOf(listed)) : undefined;
  }
}

const inodeOf = ({ device, inode }: ListedEntry): string => `${device}:${inode}`;

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

  constructor(listing: readonly ListedEntry[]) {
    const firstNames = new Map<string, ListedEntry>();
    const shared = new Set<ListedEntry>();
    for (const entry of listing) {
      if (entry.type !== 'file' || entry.links < 2) continue;
      const first = firstNames.get(inodeOf(entry));
      if (first) shared.add(first);
      else firstNames.set(inodeOf(entry), entry);
    }
    for (const first of firstNames.values()) {
      if (shared.has(first)) this.#groups.set(inodeOf(first), { number: this.#groups.size + 1, first });
    }
  }

  find(listed: ListedEntry): LinkGroup | undefined {
    return listed.type === 'file' ? this.#groups.get(inodeOf(listed)) : undefined;
  }
}

const inodeOf = ({ device, inode }: ListedEntry): string => `${device}:${inode}`;

import type { FileEntry, ManifestEntry } from '../../../shared/domain/vault/manifest-rows.ts';
import type { FileContent } from './file-assembly.ts';
import type { LinkGroups } from './link-groups.ts';
import type { ListedEntry } from './list-tree.ts';

/** The entry of what has no content of its own; undefined for a file that is to be read. */
export function entryWithoutContent(listed: ListedEntry, links: LinkGroups): ManifestEntry | undefined {
  const { path, type } = listed;
  if (type === 'file') {
    const group = links.find(listed);
    return group && !group.first.path.equals(listed.path)
      ? { type: 'hardlink', path, linkGroup: group.number }
      : undefined;
  }
  if (type === 'directory') return { type, ...inodeFields(listed) };
  if (type === 'symlink') return { type, ...inodeFields(listed), target: listed.target ?? Buffer.alloc(0) };
  return { type: 'skipped', path, reason: type };
}

/** The entry of a file that was read. */
export function fileEntry(listed: ListedEntry, links: LinkGroups, content: FileContent): FileEntry {
  const group = links.find(listed);
  const fields = { type: 'file', ...inodeFields(listed), ...content } as const;
  return group ? { ...fields, linkGroup: group.number } : fields;
}

const inodeFields = ({ path, mode, uid, gid, mtimeNs }: ListedEntry) => ({ path, mode, uid, gid, mtimeNs });

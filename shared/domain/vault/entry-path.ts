import { damaged, unsafePath } from './errors.ts';

const slash = 0x2f;
/** Linux's limits. */
const maxNameBytes = 255;
const maxPathBytes = 4096;

/**
 * Order of entries: path by path component, each as raw bytes. This is the order in which a walk meets them that goes
 * into a directory as soon as it has listed it, so writers and readers need no sorting and no memory of the whole tree.
 */
export function comparePaths(a: Buffer, b: Buffer): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [left, right] = [a[at] ?? 0, b[at] ?? 0];
    // No name contains 0, so a slash that counts as 0 ends a component before any longer name.
    if (left !== right) return (left === slash ? 0 : left) - (right === slash ? 0 : right);
  }
  return a.length - b.length;
}

/** The path of the folder that holds `path`; the root is the empty path. */
export const parentPath = (path: Buffer): Buffer => path.subarray(0, Math.max(0, path.lastIndexOf(slash)));

/** Throws unless the path stays inside the folder it is joined to, whatever that folder is. */
export function checkEntryPath(path: Buffer, object: string): void {
  if (path.length > maxPathBytes) throw damaged(object, `has a path of ${path.length} bytes`);
  if (path.includes(0)) throw unsafePath(object, path, 'contains a zero byte');
  if (path.length === 0) return;
  for (let start = 0; start <= path.length; ) {
    const next = path.indexOf(slash, start);
    const end = next === -1 ? path.length : next;
    checkName(path, path.subarray(start, end), object);
    start = end + 1;
  }
}

function checkName(path: Buffer, name: Buffer, object: string): void {
  if (name.length === 0) throw unsafePath(object, path, 'begins or ends with a slash or has two in a row');
  if (name.length > maxNameBytes) throw damaged(object, `has a name of ${name.length} bytes`);
  const text = name.toString('latin1');
  if (text === '.' || text === '..') throw unsafePath(object, path, `has ${text} as a part`);
}

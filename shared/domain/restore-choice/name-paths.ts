/** What an order of a restore may name. */
export interface PathLimits {
  readonly paths: number;
  /** Of the JSON that names them. */
  readonly bytes: number;
}

/**
 * Files as an order names them. Where they are too many to be named one by one, the folders that they lie in are: more is restored then
 * than is needed, and never less. Undefined where even these are too many: the whole point.
 */
export function namePaths(
  files: readonly string[],
  limits: PathLimits,
): { readonly paths: readonly string[]; readonly isWidened: boolean } | undefined {
  if (fits(files, limits)) return { paths: files, isWidened: false };
  const folders = new Set(files.map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  // In the root of the mount: that is everything.
  if (folders.has('')) return undefined;
  const outer = [...folders].filter((folder) => !foldersAbove(folder).some((each) => folders.has(each)));
  return fits(outer, limits) ? { paths: outer, isWidened: true } : undefined;
}

function fits(paths: readonly string[], { paths: most, bytes }: PathLimits): boolean {
  return paths.length <= most && Buffer.byteLength(JSON.stringify(paths.map((path) => ({ path })))) <= bytes;
}

/** Of `a/b/c`: `a`, `a/b`. */
export function foldersAbove(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

import { MoverError } from '../errors.ts';

/** Raw bytes as a key: one character a byte. */
const keyOf = (path: Buffer): string => path.toString('latin1');
/** How many unknown paths an error names. */
const maxNamed = 20;

/** Which entries of a snapshot are restored: those at the chosen paths, and all below chosen folders. */
export class RestoreSelection {
  readonly #chosen: ReadonlyMap<string, Buffer>;
  readonly #folders = new Set<string>(['']);
  readonly #found = new Set<string>();

  /** `paths`: raw bytes relative to the mount, parts divided by `/`; the empty path is the whole tree. */
  constructor(paths: readonly Buffer[]) {
    this.#chosen = new Map(paths.map((path) => [keyOf(path), path]));
    for (const key of this.#chosen.keys()) for (const folder of foldersAbove(key)) this.#folders.add(folder);
  }

  /** Whether an entry is chosen, by itself or with a folder above it. Asked of each entry of the snapshot, once. */
  includes(path: Buffer): boolean {
    const key = keyOf(path);
    if (this.#chosen.has(key)) this.#found.add(key);
    return this.isChosen(path);
  }

  isChosen(path: Buffer): boolean {
    const key = keyOf(path);
    return this.#chosen.has(key) || foldersAbove(key).some((folder) => this.#chosen.has(folder));
  }

  /** Whether something chosen lies below this folder, which must then be there. */
  leadsToChosen(path: Buffer): boolean {
    return this.#folders.has(keyOf(path));
  }

  isNamed(path: Buffer): boolean {
    return this.#chosen.has(keyOf(path));
  }

  /** Throws RESTORE_PATH_UNKNOWN for chosen paths that `includes` was not asked for. */
  requireFound(): void {
    const unknown = [...this.#chosen].flatMap(([key, path]) => (this.#found.has(key) ? [] : [path]));
    if (unknown.length === 0) return;
    const names = unknown.slice(0, maxNamed).map((path) => JSON.stringify(path.toString()));
    const rest = unknown.length > maxNamed ? ` and ${unknown.length - maxNamed} more` : '';
    throw new MoverError(
      'RESTORE_PATH_UNKNOWN',
      unknown[0] ?? '',
      `the recovery point does not hold ${names.join(', ')}${rest}; list its files and order the restore again`,
    );
  }
}

/** Of `a/b/c`: the root, `a`, `a/b`. */
function foldersAbove(key: string): string[] {
  if (key === '') return [];
  const parts = key.split('/');
  return parts.map((_, index) => parts.slice(0, index).join('/'));
}

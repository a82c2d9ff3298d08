import type { LogState } from './log-state.ts';
import type { Deletion } from './map.ts';

interface Written {
  readonly name: string;
  readonly line: number;
}

export interface Survivors {
  readonly pieces: readonly string[];
  readonly imageCopies: readonly string[];
  /** Some piece that the log wrote is gone at its end. */
  readonly hasDeletedOwnPiece: boolean;
}

/** What exists at the end, of what the log made and deleted. */
export const survivorsOf = (state: LogState): Survivors => {
  const pieces = writtenPieces(state);
  const deletedPieces = deletedAt(state, 'backuppiece', pieces);
  const copies = state.imageCopies.map(({ copy, line }) => ({ name: copy.output, line }));
  return {
    pieces: withoutDeleted(pieces, deletedPieces),
    imageCopies: withoutDeleted(copies, deletedAt(state, 'datafilecopy', copies)),
    hasDeletedOwnPiece:
      deletedPieces.size > 0 && pieces.some(({ name, line }) => (deletedPieces.get(name) ?? 0) > line),
  };
};

const writtenPieces = (state: LogState): Written[] => {
  const written: Written[] = [];
  for (const { set, source } of state.finishedSets) {
    for (let at = 0; at < set.pieces.length; at += 1) {
      written.push({ name: set.pieces[at]?.handle ?? '', line: source.pieces[at] ?? 0 });
    }
  }
  for (const { autobackup, line } of state.autobackups) written.push({ name: autobackup.handle, line });
  const isInOrder = written.every(({ line }, at) => line >= (written[at - 1]?.line ?? 0));
  return isInOrder ? written : written.sort((one, other) => one.line - other.line);
};

/** The last line in which each object is deleted. Nothing is looked for where nothing was written. */
const deletedAt = (
  state: LogState,
  type: Deletion['type'],
  written: readonly Written[],
): ReadonlyMap<string, number> => {
  const deleted = new Map<string, number>();
  if (written.length === 0) return deleted;
  const { deleted: deletions, lines } = state.deletions;
  for (const [at, deletion] of deletions.entries()) {
    if (deletion.type === type)
      deleted.set(deletion.type === 'backuppiece' ? deletion.handle : deletion.name, lines[at] ?? 0);
  }
  return deleted;
};

/** Written, and not deleted afterwards. A name that is written again counts at its last place. */
const withoutDeleted = (written: readonly Written[], deleted: ReadonlyMap<string, number>): string[] => {
  const seen = new Set<string>();
  const names: string[] = [];
  for (let index = written.length - 1; index >= 0; index -= 1) {
    const { name, line } = written[index] as Written;
    const { size } = seen;
    seen.add(name);
    if (seen.size > size && (deleted.size === 0 || line > (deleted.get(name) ?? 0))) names.push(name);
  }
  return names.reverse();
};

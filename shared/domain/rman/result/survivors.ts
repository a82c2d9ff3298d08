import type { LogState } from '../state/log-state.ts';

/** Names in the order in which they were written, each with its line. */
interface Written {
  readonly names: readonly string[];
  readonly lines: readonly number[];
}

/** The pieces that exist at the end, where the log deletes some that it wrote itself. A name that is written again counts at its last place. */
export const survivingPieces = (state: LogState): readonly string[] | undefined => {
  // Logs that only delete, and those that delete nothing, are long: nothing is looked for in them.
  if (state.finishedSets.length + state.autobackups.length === 0) return undefined;
  const deletedIn = deletedPieces(state);
  if (deletedIn.size === 0) return undefined;
  const { names, lines } = writtenPieces(state);
  const isDeleted = (at: number): boolean => (deletedIn.get(names[at] ?? '') ?? 0) > (lines[at] ?? 0);
  if (!names.some((_, at) => isDeleted(at))) return undefined;
  const lastPlaces = new Map(names.map((name, at) => [name, at]));
  return names.filter((name, at) => lastPlaces.get(name) === at && !isDeleted(at));
};

/** The last line in which each piece is deleted. */
const deletedPieces = ({ deletions: { deleted, lines } }: LogState): ReadonlyMap<string, number> => {
  const deletedIn = new Map<string, number>();
  for (let at = 0; at < deleted.length; at += 1) {
    const deletion = deleted[at];
    if (deletion?.type === 'backuppiece') deletedIn.set(deletion.handle, lines[at] ?? 0);
  }
  return deletedIn;
};

const writtenPieces = ({ finishedSets, setSources, autobackups }: LogState): Written => {
  const written = [
    ...finishedSets.flatMap(({ pieces }, index) =>
      pieces.map(({ handle }, at) => ({ name: handle, line: setSources[index]?.pieces[at] ?? 0 })),
    ),
    ...autobackups.map(({ autobackup, line }) => ({ name: autobackup.handle, line })),
  ].sort((one, other) => one.line - other.line);
  return { names: written.map(({ name }) => name), lines: written.map(({ line }) => line) };
};

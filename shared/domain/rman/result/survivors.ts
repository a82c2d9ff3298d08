import type { LogState } from '../state/log-state.ts';

/** Names of pieces, each with its line. */
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
  const written = writtenPieces(state);
  const isDeleted = (name: string, line: number | undefined): boolean =>
    (deletedIn.get(name) ?? 0) > (line ?? 0);
  if (!written.names.some((name, at) => isDeleted(name, written.lines[at]))) return undefined;
  const { names, lines } = inOrder(written);
  const lastPlaces = new Map(names.map((name, at) => [name, at]));
  return names.filter((name, at) => lastPlaces.get(name) === at && !isDeleted(name, lines[at]));
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
  const names: string[] = [];
  const lines: number[] = [];
  for (let index = 0; index < finishedSets.length; index += 1) {
    const source = setSources[index];
    for (const [at, { handle }] of (finishedSets[index]?.pieces ?? []).entries()) {
      names.push(handle);
      lines.push(source?.pieces[at] ?? 0);
    }
  }
  for (const { autobackup, line } of autobackups) {
    names.push(autobackup.handle);
    lines.push(line);
  }
  return { names, lines };
};

const inOrder = ({ names, lines }: Written): Written => {
  const order = lines.map((_, at) => at).sort((one, other) => (lines[one] ?? 0) - (lines[other] ?? 0));
  return { names: order.map((at) => names[at] ?? ''), lines: order.map((at) => lines[at] ?? 0) };
};

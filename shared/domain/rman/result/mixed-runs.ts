import type { LogState } from '../state/log-state.ts';
import type { RunDraft } from '../state/runs.ts';

/**
 * Of a run between whose lines another session wrote, no set or copy is certain: a list of files may be the other's. Its pieces are
 * there; what they hold is not known.
 */
export const giveUpMixed = (state: LogState): void => {
  const runs = state.runs.all;
  if (!runs.some(({ isMixed }) => isMixed)) return;
  const isMixed = (line: number): boolean => runAt(runs, line)?.isMixed === true;
  const isCertain = state.setSources.map(({ announced }) => !isMixed(announced));
  for (const [index, { channel, pieces }] of state.finishedSets.entries()) {
    if (isCertain[index]) continue;
    const { announced = 0, pieces: lines = [] } = state.setSources[index] ?? {};
    for (const [at, { piece: _, ...described }] of pieces.entries())
      state.unattributedPieces.push({ ...described, channel, line: lines[at] ?? announced });
  }
  keep(state.finishedSets, (_, at) => isCertain[at] === true);
  keep(state.setSources, (_, at) => isCertain[at] === true);
  for (const { autobackup, line } of state.autobackups)
    if (isMixed(line)) state.unattributedPieces.push({ ...autobackup, line });
  keep(state.autobackups, ({ line }) => !isMixed(line));
  keep(state.imageCopies, ({ line }) => !isMixed(line));
  keep(state.recoveredCopies, ({ line }) => !isMixed(line));
};

const keep = <Item>(list: Item[], isKept: (item: Item, at: number) => boolean): void => {
  const kept = list.filter(isKept);
  list.length = 0;
  for (const item of kept) list.push(item);
};

/** The last run that begins at a line or before. */
const runAt = (runs: readonly RunDraft[], line: number): RunDraft | undefined => {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle]?.firstLine ?? 0) <= line) low = middle + 1;
    else high = middle;
  }
  return runs[low - 1];
};

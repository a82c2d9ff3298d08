import type { Sources } from '../result/facts.ts';
import type { BackupSet, FailedSet, Piece, SetKind } from '../result/map.ts';
import type { SetDraft } from './backup-sets.ts';

/** Where a set of the map stands. */
type SetSource = Sources['backupSets'][number];

interface FinishedSet {
  readonly set: BackupSet;
  readonly source: SetSource;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What stands in the log of one command, made into sets; and the drafts that are no whole set. */
export interface JoinedSets {
  /** In the order of their announcement. */
  readonly sets: readonly BackupSet[];
  /** Of each of them. */
  readonly sources: readonly SetSource[];
  readonly unjoined: readonly SetDraft[];
}

/**
 * Makes sets of the drafts of one command. The sections of one datafile are announced one after the other, perhaps on several channels,
 * and are one set if their blocks go on from block 1 without a gap to the last section: the one that is shorter than the others, or,
 * when the command has finished, the one with the highest blocks.
 */
export const joinSets = (drafts: readonly SetDraft[], hasFinished: boolean): JoinedSets => {
  const sectioned = drafts.filter(isSection);
  const plain = drafts.filter((draft) => draft.state === 'complete' && !isSection(draft));
  if (sectioned.length === 0) return { sets: plain.map(setOf), sources: plain.map(sourceOf), unjoined: [] };
  const finished = plain.map((draft): FinishedSet => ({ set: setOf(draft), source: sourceOf(draft) }));
  const unjoined: SetDraft[] = [];
  for (const sections of Map.groupBy(sectioned, ({ datafiles }) => datafiles[0]?.file).values()) {
    const joined = joinSections(sections, hasFinished);
    if (joined) finished.push(joined);
    else for (const section of sections) if (section.state === 'complete') unjoined.push(section);
  }
  finished.sort((one, other) => one.source.announced - other.source.announced);
  return {
    sets: finished.map(({ set }) => set),
    sources: finished.map(({ source }) => source),
    unjoined,
  };
};

/** Holds a part of a datafile, which is known. */
const isSection = ({ section, datafiles }: SetDraft): boolean =>
  section !== undefined && datafiles.length > 0;

const firstBlock = ({ section }: SetDraft): number => section?.[0] ?? 0;
const lastBlock = ({ section }: SetDraft): number => section?.[1] ?? 0;
const blocksOf = (draft: SetDraft): number => lastBlock(draft) - firstBlock(draft) + 1;

const joinSections = (all: readonly SetDraft[], hasFinished: boolean): FinishedSet | undefined => {
  // A section that failed and was made again on another channel counts once.
  const sections = all
    .filter(({ state }) => state === 'complete')
    .sort((one, other) => firstBlock(one) - firstBlock(other));
  const [first] = sections;
  const last = sections.at(-1);
  if (!first || !last || firstBlock(first) !== 1) return undefined;
  const isGapless = sections.every((section, at) => {
    const before = sections[at - 1];
    return !before || firstBlock(section) === lastBlock(before) + 1;
  });
  const isWhole = hasFinished || (sections.length > 1 && blocksOf(last) < blocksOf(first));
  const isCovered = all.every((draft) =>
    sections.some((section) => firstBlock(section) === firstBlock(draft)),
  );
  if (!isGapless || !isWhole || !isCovered) return undefined;
  const announced = [...all].sort((one, other) => one.line - other.line)[0] ?? first;
  const { elapsedSeconds: _, ...set } = setOf(first);
  const { pieces, lines } = inOrder(
    sections.flatMap((section) => section.pieces),
    sections.flatMap((section) => section.pieceLines),
  );
  return {
    set: {
      ...set,
      channel: announced.channel,
      pieces,
      sections: sections.map(({ pieces: [written], section = [0, 0] }) => ({
        piece: written?.piece ?? 0,
        blocks: section,
      })),
      elapsedSecondsPerPiece: sections.map(({ elapsedSeconds = 0 }) => elapsedSeconds),
    },
    source: { announced: announced.line, pieces: lines },
  };
};

const isInOrder = (pieces: readonly Piece[]): boolean =>
  pieces.length < 2 || pieces.every(({ piece }, at) => piece >= (pieces[at - 1]?.piece ?? 0));

/** By the number of the piece; with the lines where they stand. */
const inOrder = (
  pieces: readonly Piece[],
  lines: readonly number[],
): { readonly pieces: readonly Piece[]; readonly lines: readonly number[] } => {
  const sorted = pieces
    .map((piece, at) => ({ piece, line: lines[at] ?? 0 }))
    .sort((one, other) => one.piece.piece - other.piece.piece);
  return { pieces: sorted.map(({ piece }) => piece), lines: sorted.map(({ line }) => line) };
};

const sourceOf = ({ line, pieces, pieceLines }: SetDraft): SetSource => ({
  announced: line,
  pieces: isInOrder(pieces) ? pieceLines : inOrder(pieces, pieceLines).lines,
});

// Written without spreads: there is one of these for every ten lines of a log.
const setOf = (draft: SetDraft): BackupSet => {
  const kind = kindOf(draft);
  const pieces = isInOrder(draft.pieces) ? draft.pieces : inOrder(draft.pieces, draft.pieceLines).pieces;
  const { channel, compressed, level, controlFile, hasSpfile: includesSpfile } = draft;
  const { startedAt, elapsedSeconds } = draft;
  const datafiles = fitted(draft.datafiles);
  const archivelogs = fitted(draft.archivelogs);
  const includesControlFile = controlFile !== undefined;
  const isUsual = kind === 'incremental' && datafiles.length > 0 && controlFile === undefined;
  // All in one, as nearly every incremental has them: an object that grows costs twice.
  if (isUsual && level !== undefined && startedAt !== undefined && elapsedSeconds !== undefined)
    return {
      channel,
      kind,
      compressed,
      pieces,
      includesControlFile,
      includesSpfile,
      level,
      datafiles,
      startedAt,
      elapsedSeconds,
    };
  const set: Mutable<BackupSet> = { channel, kind, compressed, pieces, includesControlFile, includesSpfile };
  if (kind === 'controlfile' || kind === 'spfile') set.announcedAs = announcedAs(draft);
  if (kind === 'incremental' && level !== undefined) set.level = level;
  if (datafiles.length > 0) set.datafiles = datafiles;
  if (archivelogs.length > 0) set.archivelogs = archivelogs;
  if (controlFile === 'standby') set.controlFileKind = 'standby';
  if (startedAt !== undefined) set.startedAt = startedAt;
  if (elapsedSeconds !== undefined) set.elapsedSeconds = elapsedSeconds;
  return set;
};

/** As long as it has to be; a list that has grown has room for more. */
const fitted = <Item>(list: readonly Item[]): readonly Item[] => (list.length > 2 ? list.slice() : list);

export const toFailedSet = (draft: SetDraft): FailedSet => ({
  channel: draft.channel,
  kind: kindOf(draft),
  ...(draft.datafiles.length > 0 && { datafiles: draft.datafiles }),
});

const announcedAs = ({ level }: SetDraft): string =>
  level === undefined ? 'full' : `incremental level ${level}`;

/** By content; a set whose content the log leaves out is what it was announced as. */
const kindOf = ({ content, level, datafiles, archivelogs, controlFile, hasSpfile }: SetDraft): SetKind => {
  if (archivelogs.length > 0 || (content === 'logs' && datafiles.length === 0)) return 'archivelog';
  if (datafiles.length === 0 && controlFile !== undefined) return 'controlfile';
  if (datafiles.length === 0 && hasSpfile) return 'spfile';
  return level === undefined ? 'full' : 'incremental';
};

/** What is not known of the content of a complete set. */
export const doubtOfContent = (draft: SetDraft): string | undefined => {
  const { channel, isElided, datafiles, archivelogs, controlFile, hasSpfile, state } = draft;
  if (state !== 'complete') return undefined;
  if (isElided)
    return `the list of files of a set of channel ${channel} is not whole: its author left lines out`;
  const isListed = datafiles.length + archivelogs.length > 0 || controlFile !== undefined || hasSpfile;
  return isListed ? undefined : `the log does not list what a set of channel ${channel} holds`;
};

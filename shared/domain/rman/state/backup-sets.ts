import type { ArchivedLog, Datafile, Piece } from '../result/map.ts';
import { OpenSets } from './open-sets.ts';

/** A set as far as the log has come; each section of a multisection set is announced like a set of its own. */
export interface SetDraft {
  readonly type: 'set';
  readonly channel: string;
  readonly line: number;
  /** As announced. `pieces`: a copy of an existing set's pieces. */
  content: 'datafiles' | 'logs' | 'pieces' | 'unknown';
  level: number | undefined;
  compressed: boolean;
  /** No word of any table announces it: some line of a channel without a set is taken for its announcement. */
  readonly isGuess: boolean;
  /** The log's author left lines out where its files are listed. */
  isElided: boolean;
  datafiles: readonly Datafile[];
  archivelogs: readonly ArchivedLog[];
  controlFile: 'current' | 'standby' | undefined;
  hasSpfile: boolean;
  section: readonly [number, number] | undefined;
  startedAt: string | undefined;
  /** The piece that is being written. */
  pieceInWork: number | undefined;
  /** The number of a finished piece whose handle has not come yet. */
  pieceToName: number | undefined;
  /** A finished piece has no handle, or is made again: lines are missing. */
  isTorn: boolean;
  pieces: readonly Piece[];
  /** Where each of them stands. */
  pieceLines: readonly number[];
  elapsedSeconds: number | undefined;
  state: 'open' | 'complete' | 'failed';
}

export type Announcement = Pick<SetDraft, 'channel' | 'line' | 'content' | 'compressed' | 'isGuess'> & {
  readonly level?: number | undefined;
};

/** The piece that a channel has just finished; its handles follow. */
export interface FinishedPiece {
  readonly set: SetDraft | undefined;
  readonly channel: string;
  readonly number: number;
  readonly finishedAt: string | undefined;
  readonly tag: string | undefined;
}

/** The sets of a command that has ended. */
export interface EndedSets {
  /** Complete or failed. */
  readonly closed: SetDraft[];
  /** Of those lines are missing. */
  readonly torn: SetDraft[];
  /** The log never closes them. */
  readonly lost: SetDraft[];
}

/** All sets begin with it. */
const empty: readonly never[] = [];

/** The list with one item more. Most lists of sets are short: those have no room for more, which a list that grows has for sixteen. */
export const withItem = <Item>(list: readonly Item[], item: Item): readonly Item[] => {
  const [first] = list;
  if (first === undefined) return [item];
  if (list.length === 1) return [first, item];
  (list as Item[]).push(item);
  return list;
};

export const addPiece = (set: SetDraft, piece: Piece, line: number): void => {
  set.pieceToName = undefined;
  set.pieces = withItem(set.pieces, piece);
  set.pieceLines = withItem(set.pieceLines, line);
};

/** What is said of a piece where it is named, and where it was finished. */
export const toPiece = (
  handle: string,
  tag: string | undefined,
  comment: string | undefined,
  finished: FinishedPiece | undefined,
): Piece => {
  const piece = finished?.number ?? 0;
  const finishedAt = finished?.finishedAt;
  // All in one, as nearly every piece has them: an object that grows costs twice.
  if (tag !== undefined && comment !== undefined && finishedAt !== undefined)
    return { handle, piece, tag, comment, finishedAt };
  return {
    handle,
    piece,
    ...(tag !== undefined && { tag }),
    ...(comment !== undefined && { comment }),
    ...(finishedAt !== undefined && { finishedAt }),
  };
};

/** The sets of one command, in the order of their announcement; at most one is open on each channel. */
export class BackupSets {
  #inCommand: SetDraft[] = [];
  readonly #open = new OpenSets<SetDraft>();
  lastFinished: FinishedPiece | undefined;
  /** What a channel said last on whose guess of a set nothing has come yet. */
  readonly saidOnGuess = new Map<string, { readonly text: string; readonly line: number }>();
  /** Where sets are announced that were completed without any piece. */
  readonly withoutPiece: number[] = [];

  announce({ channel, line, content, compressed, isGuess, level }: Announcement): SetDraft {
    const draft: SetDraft = {
      type: 'set',
      channel,
      line,
      content,
      compressed,
      isGuess,
      level,
      isElided: false,
      datafiles: empty,
      archivelogs: empty,
      controlFile: undefined,
      hasSpfile: false,
      section: undefined,
      startedAt: undefined,
      pieceInWork: undefined,
      pieceToName: undefined,
      isTorn: false,
      pieces: empty,
      pieceLines: empty,
      elapsedSeconds: undefined,
      state: 'open',
    };
    const before = this.#open.on(channel);
    // A channel ends one set before it begins another: what it names next may be of either.
    if (before !== undefined && !this.dropEmptyGuess(channel)) draft.isTorn = true;
    this.#inCommand.push(draft);
    this.#open.put(draft.channel, draft);
    return draft;
  }

  /** The command has made some, and none is in work. */
  get areEnded(): boolean {
    return this.#inCommand.length > 0 && this.#inCommand.every(({ state }) => state !== 'open');
  }

  openOn(channel: string): SetDraft | undefined {
    return this.#open.on(channel);
  }

  /** The open set that lists this datafile; the one that is listing comes first. */
  withDatafile(file: number, listing: SetDraft | undefined): SetDraft | undefined {
    const holds = (draft: SetDraft | undefined): boolean =>
      !!draft?.datafiles.some((each) => each.file === file);
    return holds(listing) ? listing : this.#open.all.find(holds);
  }

  /** The channel whose set has all its pieces, if there is only one such channel. */
  onlyWritten(): string | undefined {
    const written = this.#open.all.filter(
      ({ pieces, pieceInWork }) => pieces.length > 0 && pieceInWork === undefined,
    );
    return written.length === 1 ? written[0]?.channel : undefined;
  }

  /** Some channel copies the pieces of an existing set, and names the new one before it has finished it. */
  get isCopyingPiece(): boolean {
    return this.#open.all.some(
      ({ content, pieceInWork }) => content === 'pieces' && pieceInWork !== undefined,
    );
  }

  startPiece(channel: string, number: number, date: string | undefined): void {
    const set = this.#open.on(channel);
    if (!set) return;
    if (set.pieces.length > 0) set.isTorn ||= set.pieces.some(({ piece }) => piece === number);
    set.pieceInWork = number;
    set.startedAt ??= date;
  }

  finishPiece(
    channel: string,
    number: number,
    finishedAt: string | undefined,
    tag: string | undefined,
  ): void {
    const set = this.#open.on(channel);
    if (set) {
      set.pieceInWork = undefined;
      set.isTorn ||= set.pieceToName !== undefined;
      set.pieceToName = number;
    }
    this.lastFinished = { set, channel, number, finishedAt, tag };
  }

  /** The set is whole if it has a piece; one without was only validated, or its lines are missing. */
  complete(channel: string, elapsedSeconds: number): SetDraft | undefined {
    const set = this.#open.on(channel);
    this.#open.put(channel, undefined);
    if (this.lastFinished?.channel === channel) this.lastFinished = undefined;
    if (!set) return undefined;
    set.elapsedSeconds = elapsedSeconds;
    set.isTorn ||= set.pieceToName !== undefined || set.pieceInWork !== undefined;
    if (set.pieces.length > 0 || set.isTorn) {
      set.state = 'complete';
    } else {
      this.#forget(set);
      this.withoutPiece.push(set.line);
    }
    return set;
  }

  fail(channel: string): SetDraft | undefined {
    this.dropEmptyGuess(channel);
    const set = this.#open.on(channel);
    if (!set) return undefined;
    this.#open.put(channel, undefined);
    set.state = 'failed';
    return set;
  }

  /** A guess that nothing has come of was none. Answers whether the channel had one. */
  dropEmptyGuess(channel: string): boolean {
    const set = this.#open.on(channel);
    if (!set || !isEmptyGuess(set)) return false;
    this.cancel(channel);
    return true;
  }

  cancel(channel: string): void {
    const set = this.#open.on(channel);
    if (set) this.#forget(set);
    this.#open.put(channel, undefined);
  }

  /** Ends the command: answers its sets, if it has any. */
  close(): EndedSets | undefined {
    const sets = this.#inCommand.length > 0 ? this.#endAll() : undefined;
    this.#open.clear();
    if (this.saidOnGuess.size > 0) this.saidOnGuess.clear();
    this.lastFinished = undefined;
    return sets;
  }

  #endAll(): EndedSets {
    const closed: SetDraft[] = [];
    const torn: SetDraft[] = [];
    const lost: SetDraft[] = [];
    for (const set of this.#inCommand) {
      if (set.isGuess && isEmptyGuess(set)) continue;
      (set.state === 'open' ? lost : isTorn(set) ? torn : closed).push(set);
    }
    this.#inCommand = [];
    return { closed, torn, lost };
  }

  #forget(set: SetDraft): void {
    const at = this.#inCommand.lastIndexOf(set);
    if (at >= 0) this.#inCommand.splice(at, 1);
  }
}

/** It lists nothing, and no piece of it is written. */
export const isEmptyGuess = ({ isGuess, state, pieces, pieceInWork, ...inputs }: SetDraft): boolean => {
  if (!isGuess || state !== 'open' || pieces.length > 0 || pieceInWork !== undefined) return false;
  const { datafiles, archivelogs, controlFile, hasSpfile } = inputs;
  return datafiles.length + archivelogs.length === 0 && controlFile === undefined && !hasSpfile;
};

const isTorn = (set: SetDraft): boolean => set.state === 'complete' && set.isTorn;

import { elapsedAtEnd } from '../wordings/anchors.ts';
import type { MessageOf } from '../wordings/message.ts';
import { isEmptyGuess, type SetDraft } from './backup-sets.ts';
import type { LogState } from './log-state.ts';
import { readDeletingLogs } from './objects-by-words.ts';
import { has, words } from './words.ts';

/**
 * A line of a channel without a wording of its own: what it is follows from its words, its figures and what the channel is doing. Levels and
 * pieces are the only figures of such lines; a time at the end closes a set or a copy.
 */
export const readByWords = (state: LogState, message: MessageOf<'channelLine'>, line: number): void => {
  const { channel, text } = message;
  // `canal asignado: c1`: the channel is behind the colon.
  if (/^[\w$#]+$/.test(text)) return;
  state.channels.add(channel);
  state.isTranslated = true;
  if (!state.commands.isBackingUp || completeOn(state, channel, text)) return;
  const set = state.sets.openOn(channel);
  const hasInputs =
    set &&
    (set.datafiles.length > 0 ||
      set.archivelogs.length > 0 ||
      set.controlFile !== undefined ||
      set.hasSpfile);
  if (hasInputs) {
    readPiece(state, channel, text);
  } else if (set && !isEmptyGuess(set)) {
    state.list(set);
  } else if (readDeletingLogs(state, message, line)) {
    return;
  } else if (has(text, words.copyAnnounced)) {
    state.list(state.copies.start(channel, 'datafile', line));
  } else if (has(text, words.setAnnounced)) {
    announceSet(state, channel, text, line);
  } else if (!state.copies.openOn(channel) && isUnknownTongue(text)) {
    guessSet(state, channel, text, line);
  }
};

/** In an unknown language it is the last line but one before the inputs that announces the set; the last says that they follow. */
const guessSet = (state: LogState, channel: string, text: string, line: number): void => {
  const guess = state.sets.openOn(channel);
  const said = state.sets.saidOnGuess.get(channel);
  state.sets.saidOnGuess.set(channel, { text, line });
  if (!guess) {
    state.sets.saidOnGuess.delete(channel);
    announceSet(state, channel, text, line);
  } else if (said) {
    announceSet(state, channel, said.text, said.line);
  } else {
    state.list(guess);
  }
};

/** A time at the end: the channel has finished the copy, or the set, that it was at. */
const completeOn = (state: LogState, channel: string, text: string): boolean => {
  const elapsed = elapsedAtEnd(text);
  if (elapsed === undefined) return false;
  if (state.copies.openOn(channel)) state.finishCopy(channel, elapsed);
  else if ((state.sets.openOn(channel)?.pieces.length ?? 0) > 0) state.sets.complete(channel, elapsed);
  return true;
};

/** No language of the tables: then a set is announced where a channel that has none says anything. */
const isUnknownTongue = (text: string): boolean =>
  !text.includes('=') && !/VER=|\bversion\b|v\d+\.\d/i.test(text);

const announceSet = (state: LogState, channel: string, text: string, line: number): void => {
  const level = /(?:^|\D)([0-4])(?:\D|$)/.exec(text)?.[1];
  const isKnown = has(text, words.setAnnounced);
  state.list(
    state.sets.announce({
      channel,
      line,
      content: has(text, words.archivedLog) ? 'logs' : 'unknown',
      compressed: has(text, words.compressed),
      level: level === undefined ? undefined : Number(level),
      isGuess: !isKnown,
    }),
  );
  if (isKnown)
    state.doubt(
      `the announcement of a set on channel ${channel} has an unknown wording: its kind and compression are read from single words`,
      line,
    );
};

const readPiece = (state: LogState, channel: string, text: string): void => {
  const set = state.sets.openOn(channel);
  const number = set && pieceNumberIn(text, set);
  if (!set || number === undefined) return;
  if (set.isGuess && set.pieces.length === 0 && set.pieceInWork === undefined)
    state.doubt(
      `a set on channel ${channel} is announced in an unknown language: whether it is compressed is not known`,
      set.line,
    );
  if (set.pieceInWork === undefined) state.sets.startPiece(channel, number, undefined);
  else {
    const finished = set.pieceInWork;
    state.sets.finishPiece(channel, finished, undefined, undefined);
  }
};

/** Figures of a date or a time are none of a piece. */
const DATE = /\d{1,4}(?:[-/.:][\p{L}\d]+)+/gu;

/** The piece that should be next, where the line has more than one number. */
const pieceNumberIn = (text: string, { pieces }: SetDraft): number | undefined => {
  const numbers = text.replace(DATE, ' ').match(/\d+/g)?.map(Number) ?? [];
  const next = (pieces.at(-1)?.piece ?? 0) + 1;
  return numbers.includes(next) ? next : numbers.find((number) => number > 0 && number < 10_000);
};

/**
 * A line without a channel and without a wording, while a set's files are listed: it may include the control file or SPFILE, or take back
 * a file that has just been listed. Answers whether it did.
 */
export const readListingByWords = (state: LogState, text: string, line: number): boolean => {
  const set = state.listingSet;
  if (!set || text.includes('=') || text.length > 200) return false;
  if (/SPFILE/i.test(text)) {
    set.hasSpfile = true;
    return true;
  }
  if (has(text, words.controlFile)) {
    set.controlFile = has(text, words.standby) ? 'standby' : 'current';
    return true;
  }
  const number = /(?:^|\D)(0\d{4,})(?:\D|$)/.exec(text)?.[1];
  const file = Number(number);
  if (number === undefined || !set.datafiles.some((each) => each.file === file)) return false;
  set.datafiles = set.datafiles.filter((each) => each.file !== file);
  state.skipped.push({ entry: { datafile: file, reason: 'not changed' }, line });
  state.doubt(
    `datafile ${file} is taken for skipped: a line of unknown wording names it after it was listed`,
    line,
  );
  return true;
};

/** A number that stands alone: none of a date, a time, a name or a channel. */
const ALONE = /(?<![\w.:/\\'"-])\d{1,6}(?![\w.:/\\'"-])/;

/**
 * RMAN says by number which datafiles it leaves out before it announces the sets of the others. In a language whose wording for it is not
 * known that cannot be told from other remarks with numbers.
 */
export const doubtLeftOut = (state: LogState, text: string, line: number): void => {
  const { current } = state.commands;
  if (!current?.isBackup || current.isAutobackup || text.includes('=') || text.length > 200) return;
  if (ALONE.test(text))
    state.doubt('a line of unknown wording has a number: a datafile may be left out', line);
};

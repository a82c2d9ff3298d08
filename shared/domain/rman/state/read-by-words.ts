import { elapsedAtEnd } from '../wordings/anchors.ts';
import { languages } from '../wordings/languages/all.ts';
import type { Words } from '../wordings/languages/language.ts';
import type { MessageOf } from '../wordings/message.ts';
import type { LogState } from './log-state.ts';

/** The words of all languages for one thing; `a…b` is one word after another. */
const wordsFor = (thing: keyof Words): readonly (readonly string[])[] =>
  languages.flatMap(({ words }) => words?.[thing] ?? []).map((word) => word.split('…'));

const has = (text: string, words: readonly (readonly string[])[]): boolean =>
  words.some((parts) => {
    let at = 0;
    return parts.every((part) => {
      at = text.indexOf(part, at);
      return at >= 0;
    });
  });

const words = {
  setAnnounced: wordsFor('setAnnounced'),
  incremental: wordsFor('incremental'),
  archivedLog: wordsFor('archivedLog'),
  compressed: wordsFor('compressed'),
  copyAnnounced: wordsFor('copyAnnounced'),
  controlFile: wordsFor('controlFile'),
  standby: wordsFor('standby'),
};

/**
 * A line of a channel without a wording of its own: what it is follows from its words, its figures and what the channel is doing. Levels and
 * pieces are the only figures of such lines; a time at the end closes a set or a copy.
 */
export const readByWords = (
  state: LogState,
  { channel, text }: MessageOf<'channelLine'>,
  line: number,
): void => {
  state.channels.add(channel);
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
  } else if (set) {
    state.list(set);
  } else if (has(text, words.copyAnnounced)) {
    state.list(state.copies.start(channel, 'datafile', line));
  } else if (!state.copies.openOn(channel) && (has(text, words.setAnnounced) || isUnknownTongue(text))) {
    announceSet(state, channel, text, line);
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
      isByWords: true,
    }),
  );
  state.doubt(
    isKnown
      ? `the announcement of a set on channel ${channel} has an unknown wording: its kind and compression are read from single words`
      : `a set on channel ${channel} is announced in an unknown language: whether it is compressed is not known`,
    line,
  );
};

const readPiece = (state: LogState, channel: string, text: string): void => {
  const set = state.sets.openOn(channel);
  const number = /(?:^|\D)(\d{1,4})(?:\D|$)/.exec(text)?.[1];
  if (!set || number === undefined) return;
  if (set.pieceInWork === undefined) state.sets.startPiece(channel, Number(number), undefined);
  else {
    const finished = set.pieceInWork;
    state.sets.finishPiece({ channel, number: finished, finishedAt: undefined, tag: undefined });
  }
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

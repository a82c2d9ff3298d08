import type { MessageOf } from '../wordings/message.ts';
import type { ObjectContext } from './deletions.ts';
import type { LogState } from './log-state.ts';
import { has, words } from './words.ts';

/**
 * What is deleted in a log whose language has no wording for it: the line before an object has a word for it, and what is only checked is
 * `'AVAILABLE'` or `'EXPIRED'` in every language.
 */
export const readVerb = (state: LogState, text: string, line: number): void => {
  const verb = verbOf(text);
  state.deletions.expectByWords(verb);
  if (verb !== undefined && verb !== 'missing' && verb !== 'onlyChecked') doubtDeletions(state, line);
};

/** Once a run. */
const doubtDeletions = (state: LogState, line: number): void => {
  const text = 'what is deleted is read from single words';
  const { firstLine } = state.runs.current;
  if (!state.doubts.some((doubt) => doubt.text === text && (doubt.line ?? 0) >= firstLine))
    state.doubt(text, line);
};

/** The question whether to delete has both answers in it, and what counts the deleted objects a number. */
const NO_VERB = /YES|[\d=?？]/;

const verbOf = (text: string): ObjectContext['kind'] | undefined => {
  if (text.includes("'EXPIRED'")) return 'missing';
  if (text.includes("'AVAILABLE'")) return 'onlyChecked';
  if (NO_VERB.test(text) || !has(text, words.deleted)) return undefined;
  if (has(text, words.archivedLog)) return 'log';
  if (has(text, words.copyAnnounced)) return 'copy';
  return 'piece';
};

/** A channel deletes the logs that it has backed up. Answers whether it says so. */
export const readDeletingLogs = (
  state: LogState,
  { channel, text }: MessageOf<'channelLine'>,
  line: number,
): boolean => {
  if (!has(text, words.deleted)) return false;
  doubtDeletions(state, line);
  state.sets.dropEmptyGuess(channel);
  state.deletions.expect({ kind: 'logsAfterBackup', channel });
  return true;
};

export const readNamedObject = (state: LogState, object: MessageOf<'namedObject'>, line: number): void => {
  const { name, recid, stamp } = object;
  if (state.commands.isBackingUp && state.copies.hasOpen) {
    state.copies.addOutput({ output: name, tag: undefined, recid, stamp, line });
    return;
  }
  const { current } = state.commands;
  if (state.deletions.named(object, line) || (current && !current.isBackup)) return;
  for (const channel of state.channels) state.sets.dropEmptyGuess(channel);
  state.doubt(`${name} may be deleted, or only checked: which, an unknown wording says`, line);
};

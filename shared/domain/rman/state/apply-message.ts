import { codesOf } from '../text/text-codes.ts';
import {
  type Message,
  type MessageKind,
  type MessageOf,
  messageKinds,
  ordinalOf,
} from '../wordings/message.ts';
import { isTranslated, matchMessage } from '../wordings/recogniser.ts';
import { type Announcement, withItem } from './backup-sets.ts';
import { DELETION_FAILED, isRefusal, splitRefusal } from './codes.ts';
import { isCommandName } from './commands.ts';
import type { ObjectContext } from './deletions.ts';
import { addDatafile, skipLogs, takeBackDatafile, takeBackLast } from './inputs.ts';
import type { LogState } from './log-state.ts';
import { addPieceHandle, addToPiece } from './named-pieces.ts';
import { readNamedObject } from './objects-by-words.ts';
import { readByWords } from './read-by-words.ts';

type Apply<K extends MessageKind> = (state: LogState, message: MessageOf<K>, line: number) => void;

/** Messages that say nothing of what comes out: a log of these alone has no result. */
const BEGINNINGS: ReadonlySet<MessageKind> = new Set([
  'runStarted',
  'versionShown',
  'targetConnected',
  'channelAllocated',
  'channelSession',
  'channelReleased',
  'echo',
  'otherProgram',
]);

/** Messages that only a session has that has not ended. */
const OF_RUN: ReadonlySet<MessageKind> = new Set([
  'channelAllocated',
  'channelSession',
  'commandStarted',
  'pieceDeleted',
  'logDeleted',
  'copyDeleted',
  'controlFileCopyDeleted',
]);

/** Messages in the middle of a command: a failure that they end was one channel's. */
const GOES_ON: ReadonlySet<MessageKind> = new Set([
  'jobContinues',
  'channelDisabled',
  'pieceStarted',
  'pieceFinished',
  'copyStarted',
]);

/** Takes one message into the state. */
export const applyMessage = (state: LogState, message: Message, line: number): void => {
  const step = steps[message.ordinal ?? ordinalOf(message.kind)] as Step;
  if (state.failures.isOpen && message.kind !== 'codeLine') state.endFailure(line, GOES_ON.has(message.kind));
  if (message.kind !== 'echo') state.hasMessages = true;
  if (step.isResult) state.hasResults = true;
  if (step.isWork && !state.commands.current) state.worksOutside = true;
  if (step.isOfRun && state.runs.isOver) state.goOn(line);
  step.apply(state, message as MessageOf<MessageKind>, line);
};

const announce = (state: LogState, announcement: Announcement): void => {
  if (!state.commands.isBackingUp) return;
  state.channels.add(announcement.channel);
  state.list(state.sets.announce(announcement));
};

const announcing =
  (content: Announcement['content'], compressed: boolean) =>
  (state: LogState, { channel }: { channel: string }, line: number): void =>
    announce(state, { channel, line, content, compressed, isGuess: false });

const announcingIncremental =
  (compressed: boolean) =>
  (state: LogState, { channel, level }: { channel: string; level: number }, line: number): void =>
    announce(state, { channel, line, content: 'datafiles', compressed, level, isGuess: false });

const skipping =
  (reason: string) =>
  (state: LogState, { file }: { file: number }, line: number): void => {
    state.skipped.push({ entry: { datafile: file, reason }, line });
  };

/** What stands in every other line of a long log is made once. */
const expecting = (kind: ObjectContext['kind']) => {
  const context: ObjectContext = { kind };
  return (state: LogState): void => state.deletions.expect(context);
};

const nothing = (): void => undefined;

const appliers: { readonly [K in MessageKind]: Apply<K> } = {
  runStarted: (state, { version }, line) => state.startRun(version, line),
  versionShown: (state, { version }, line) => state.runs.exactVersion(version, line),
  runCompleted: (state, _, line) => {
    if (state.runs.end()) state.doubtMixed(line);
    state.deletions.forget();
  },
  targetConnected: (state, message, line) => {
    const { name, dbid } = message;
    if (state.runs.isOfNext(dbid)) state.startRun(undefined, line);
    state.runs.connect(name, dbid);
    if (isTranslated(message)) state.isTranslated = true;
  },
  channelAllocated: (state, { channel }, line) => state.addChannel(channel, line),
  channelSession: (state, { channel, sid, device, instance }, line) =>
    state.addChannel(channel, line, instance === undefined ? { sid, device } : { sid, device, instance }),
  channelReleased: nothing,
  commandStarted: (state, message, line) => {
    const { command, date } = message;
    if (!isCommandName(command)) return;
    if (isTranslated(message)) state.isTranslated = true;
    if (date !== undefined) state.knowsCommands = true;
    // Without a wording for either, the first of two is the beginning.
    if (date === undefined && state.commands.current?.command === command)
      state.finishCommand(command, line, undefined);
    else state.startCommand(command, line, date);
  },
  commandFinished: (state, { command, date }, line) => {
    if (isCommandName(command)) state.finishCommand(command, line, date);
  },

  fullSet: announcing('datafiles', false),
  compressedFullSet: announcing('datafiles', true),
  incrementalSet: announcingIncremental(false),
  compressedIncrementalSet: announcingIncremental(true),
  logSet: announcing('logs', false),
  compressedLogSet: announcing('logs', true),
  setOfPieces: announcing('pieces', false),
  inputsFollow: (state, { channel }) => {
    const set = state.sets.openOn(channel);
    if (!set) return;
    // Its files are listed once, before its first piece.
    set.isTorn ||= set.pieces.length + set.datafiles.length + set.archivelogs.length > 0;
    state.list(set);
  },
  inputDatafile: (state, { file, name }, line) => addDatafile(state, file, name, line),
  inputDatafileNumber: (state, { file }, line) => addDatafile(state, file, '', line),
  inputCopyOfDatafile: (state, { file, channel }, line) => {
    const set = channel === undefined ? state.listingSet : state.sets.openOn(channel);
    if (!set) return;
    state.list(set);
    addDatafile(state, file, '', line);
  },
  inputIsCopy: (state, { file, name }, line) => addDatafile(state, file, name, line),
  inputName: (state, { name }) => {
    const set = state.listingSet;
    const last = set?.datafiles.at(-1);
    if (set && last?.name === '') set.datafiles = [...set.datafiles.slice(0, -1), { ...last, name }];
    const copy = state.listing;
    if (copy && copy.type === 'copy' && copy.name === '') copy.name = name;
  },
  inputLog: (state, { thread, sequence, recid, stamp }) => {
    const listing = state.listing;
    if (!listing) return;
    if (listing.type === 'set')
      listing.archivelogs = withItem(listing.archivelogs, { thread, sequence, recid, stamp });
    else {
      listing.content = 'log';
      listing.log = { thread, sequence };
    }
  },
  controlFileIncluded: (state) => {
    const set = state.listingSet;
    if (set) set.controlFile ??= 'current';
  },
  standbyControlFileIncluded: (state) => {
    const set = state.listingSet;
    if (set) set.controlFile = 'standby';
  },
  spfileIncluded: (state) => {
    const set = state.listingSet;
    if (set) set.hasSpfile = true;
  },
  blocksOfSection: (state, { first, last }) => {
    const { listing } = state;
    if (listing) listing.section = [first, last];
  },
  setCancelled: (state, { channel }) => state.sets.cancel(channel),
  pieceStarted: (state, { channel, piece, date }) => state.sets.startPiece(channel, piece, date),
  pieceFinished: (state, { channel, piece, date, tag }) => state.sets.finishPiece(channel, piece, date, tag),
  pieceHandle: (state, message, line) => addPieceHandle(state, message, line),
  pieceTag: (state, { tag, comment }) =>
    addToPiece(state, { tag, ...(comment !== undefined && { comment }) }),
  pieceComment: (state, { comment }) => addToPiece(state, { comment }),
  setCompleted: (state, { channel, elapsed }, line) => {
    const set = state.sets.complete(channel, elapsed);
    const { current } = state.commands;
    if (set || !current || !state.commands.isBackingUp) return;
    // Where its piece is named, that is said already.
    if ((state.unattributedPieces.at(-1)?.line ?? 0) < current.firstLine)
      state.doubt(`a set of channel ${channel} is complete that is not announced: lines are missing`, line);
  },
  unnamedSetCompleted: (state, { elapsed }, line) => {
    const channel = state.sets.onlyWritten();
    if (channel === undefined) state.doubt('a set is complete, but the log does not say which', line);
    else state.sets.complete(channel, elapsed);
  },
  pieceCopyCompleted: (state, { channel }) => state.sets.cancel(channel),

  datafileUnchanged: (state, { file }, line) => takeBackDatafile(state, file, 'not changed', line),
  datafileRestored: (state, { file }, line) => takeBackDatafile(state, file, 'restored', line),
  datafileSkipped: skipping('already backed up'),
  inputGone: (state, { name }, line) => takeBackLast(state, name, line),
  offlineSkipped: skipping('offline'),
  readOnlySkipped: skipping('read only'),
  inaccessibleSkipped: skipping('inaccessible'),
  logSkipped: (state, { thread, sequence }, line) => skipLogs(state, thread, sequence, sequence, line),
  logsSkipped: (state, { thread, first, last }, line) => skipLogs(state, thread, first, last, line),
  logNotRequired: (state, { thread, sequence }, line) =>
    skipLogs(state, thread, sequence, sequence, line, 'not required'),

  proxyCopy: (state, _, line) => {
    if (state.commands.isBackingUp)
      state.doubt('proxy copies are not read: what the media manager copied is not in the map', line);
  },

  copyStarted: (state, { channel }, line) => state.list(state.copies.start(channel, 'datafile', line)),
  logCopyStarted: (state, { channel }, line) => state.list(state.copies.start(channel, 'log', line)),
  controlFileCopied: (state) => {
    const listing = state.listing;
    if (listing && listing.type === 'copy') listing.content = 'controlfile';
  },
  standbyControlFileCopied: (state) => {
    const listing = state.listing;
    if (listing && listing.type === 'copy') listing.content = 'standby';
  },
  copyOutput: (state, { output, tag, recid, stamp }, line) =>
    state.copies.addOutput({ output, tag, recid, stamp, line }),
  copyCompleted: (state, { channel, elapsed }) => state.finishCopy(channel, elapsed),
  copiesToRecover: (state, { channel }) => state.copies.expectRecovered(channel),
  copyRecovering: (state, { file, name }, line) => state.copies.addRecovering({ file, name }, line),
  restoreCompleted: (state, { channel }) => state.recovered(state.copies.takeRecovered(channel)),

  deletingLogs: (state, { channel }) => state.deletions.expect({ kind: 'logsAfterBackup', channel }),
  logFile: (state, message, line) => state.deletions.logFile(message, line),
  logFileByNumber: (state, message) => state.deletions.logFileByNumber(message),
  pieceDeleted: expecting('piece'),
  logDeleted: expecting('log'),
  copyDeleted: expecting('copy'),
  controlFileCopyDeleted: expecting('controlFileCopy'),
  objectMissing: expecting('missing'),
  objectChecked: expecting('onlyChecked'),
  pieceObject: (state, message, line) => state.deletions.piece(message, line),
  copyObject: (state, message, line) => state.deletions.copy(message, line),
  controlFileCopyObject: (state, message, line) => state.deletions.controlFileCopy(message, line),
  namedObject: readNamedObject,

  jobContinues: nothing,
  channelDisabled: (state, { channel }) => {
    const failure = state.channelFailures.findLast((each) => each.channel === channel);
    if (failure) failure.isRerun = true;
  },
  codeLine: (state, { code, text }, line) => {
    const { warning, log } = isRefusal(code) ? splitRefusal(text) : { warning: text, log: '' };
    const ended = state.failures.read(code, warning, line);
    if (ended) state.judge(ended, line, false);
    if (!isRefusal(code) || state.failures.isOpen) return;
    state.deletions.refuseNext(code === DELETION_FAILED);
    if (log === '') return;
    const named = matchMessage(codesOf(log), 0, log.length);
    if (named?.kind === 'logFileByNumber') state.deletions.logFileByNumber(named);
  },
  channelRemark: nothing,
  channelLine: (state, message, line) => readByWords(state, message, line),
  otherProgram: nothing,
  echo: nothing,
  remark: nothing,
};

interface Step {
  readonly apply: Apply<MessageKind>;
  readonly isResult: boolean;
  /** A channel does something: outside a command it shows that the log begins inside one. */
  readonly isWork: boolean;
  readonly isOfRun: boolean;
}

/** By the ordinals of the kinds. */
const steps: readonly Step[] = (Object.keys(messageKinds) as MessageKind[]).map((kind) => {
  const isResult = !BEGINNINGS.has(kind);
  const fields: readonly string[] = messageKinds[kind];
  return {
    apply: appliers[kind] as Apply<MessageKind>,
    isResult,
    isOfRun: OF_RUN.has(kind),
    isWork: isResult && fields.some((field) => field === 'channel' || field === 'channel?'),
  };
});

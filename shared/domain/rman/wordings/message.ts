import type { Codes } from '../text/text-codes.ts';

/** The values that RMAN's messages carry. */
export interface Fields {
  channel: string;
  sid: number;
  instance: string;
  device: string;
  version: string;
  name: string;
  dbid: string;
  command: string;
  /** Verbatim. */
  date: string;
  level: number;
  file: number;
  thread: number;
  sequence: number;
  recid: number;
  stamp: number;
  first: number;
  last: number;
  piece: number;
  copies: number;
  handle: string;
  tag: string;
  comment: string;
  output: string;
  /** Seconds, printed as hours:minutes:seconds. */
  elapsed: number;
  code: string;
  text: string;
}

/** Each kind of message with its values; `?`: some wordings lack it. What no table names has no kind. */
export const messageKinds = {
  runStarted: ['version'],
  versionShown: ['version'],
  runCompleted: [],
  targetConnected: ['name', 'dbid'],
  channelAllocated: ['channel'],
  channelSession: ['channel', 'sid', 'device', 'instance?'],
  channelReleased: ['channel'],
  commandStarted: ['command', 'date?'],
  commandFinished: ['command', 'date?'],

  fullSet: ['channel'],
  compressedFullSet: ['channel'],
  incrementalSet: ['channel', 'level'],
  compressedIncrementalSet: ['channel', 'level'],
  logSet: ['channel'],
  compressedLogSet: ['channel'],
  setOfPieces: ['channel'],
  inputsFollow: ['channel'],
  inputDatafile: ['file', 'name'],
  inputDatafileNumber: ['file'],
  inputCopyOfDatafile: ['file', 'channel?'],
  /** Of a copy that is made of a copy. */
  inputIsCopy: ['file', 'name'],
  inputName: ['name'],
  inputLog: ['thread', 'sequence', 'recid', 'stamp'],
  controlFileIncluded: [],
  standbyControlFileIncluded: [],
  spfileIncluded: [],
  blocksOfSection: ['first', 'last'],
  setCancelled: ['channel'],
  pieceStarted: ['channel', 'piece', 'date?'],
  pieceFinished: ['channel', 'piece', 'date?', 'copies?', 'tag?'],
  pieceHandle: ['handle', 'tag?', 'comment?'],
  pieceTag: ['tag', 'comment?'],
  pieceComment: ['comment'],
  setCompleted: ['channel', 'elapsed'],
  /** To 8i, and with the numbers of messages in 9i: without the channel. */
  unnamedSetCompleted: ['elapsed'],
  pieceCopyCompleted: ['channel', 'elapsed'],

  datafileUnchanged: ['file'],
  /** Of a database that was restored without a change since its backup. */
  datafileRestored: ['file'],
  datafileSkipped: ['file'],
  /** Deleted from the recovery area while it was to be backed up. */
  inputGone: ['name'],
  offlineSkipped: ['file'],
  readOnlySkipped: ['file'],
  inaccessibleSkipped: ['file'],
  logSkipped: ['thread', 'sequence'],
  logsSkipped: ['thread', 'first', 'last'],
  /** A Recovery Appliance has received its redo already. */
  logNotRequired: ['thread', 'sequence'],

  /** By the media manager itself; not supported. */
  proxyCopy: [],

  copyStarted: ['channel'],
  logCopyStarted: ['channel'],
  controlFileCopied: [],
  standbyControlFileCopied: [],
  copyOutput: ['output', 'recid', 'stamp', 'tag?'],
  copyCompleted: ['channel', 'elapsed'],
  copiesToRecover: ['channel'],
  copyRecovering: ['file', 'name'],
  restoreCompleted: ['channel', 'elapsed'],

  deletingLogs: ['channel'],
  logFile: ['name', 'recid', 'stamp'],
  logFileByNumber: ['name', 'thread', 'sequence'],
  pieceDeleted: [],
  logDeleted: [],
  copyDeleted: [],
  controlFileCopyDeleted: [],
  objectChecked: [],
  /** A crosscheck or a validation did not find the object that follows. */
  objectMissing: [],
  pieceObject: ['handle', 'recid', 'stamp'],
  copyObject: ['name', 'recid', 'stamp'],
  controlFileCopyObject: ['name', 'recid', 'stamp'],
  /** Some object with its record, in an unknown wording. */
  namedObject: ['name', 'recid', 'stamp'],

  jobContinues: [],
  channelDisabled: ['channel'],
  /** A code that stands alone in its line: `RMAN-03009: …`. */
  codeLine: ['code', 'text'],
  /** A line of a channel, of no consequence for the map. */
  channelRemark: ['channel'],
  /** A line of a channel that no table knows. */
  channelLine: ['channel', 'text'],
  /** Another program has the word: its banner or prompt. */
  otherProgram: [],
  /** What somebody typed, or a script that RMAN repeats. Never a result. */
  echo: [],
  /** Understood, and of no consequence for the map. */
  remark: [],
} as const satisfies Record<string, readonly (keyof Fields | `${keyof Fields}?`)[]>;

type Kinds = typeof messageKinds;
export type MessageKind = keyof Kinds;

const ordinals: ReadonlyMap<MessageKind, number> = new Map(
  Object.keys(messageKinds).map((kind, place) => [kind as MessageKind, place]),
);

/** Where a kind stands among all of them. */
export const ordinalOf = (kind: MessageKind): number => ordinals.get(kind) as number;

type NamesOf<K extends MessageKind> = Kinds[K][number];

export type MessageOf<K extends MessageKind> = {
  readonly kind: K;
  /** Of the kind, where it is known without a search. */
  readonly ordinal?: number;
} & {
  readonly [Name in NamesOf<K> as Name extends keyof Fields ? Name : never]: Fields[Name & keyof Fields];
} & {
  readonly [Name in NamesOf<K> as Name extends `${infer Bare}?`
    ? Bare
    : never]?: Name extends `${infer Bare extends keyof Fields}?` ? Fields[Bare] : never;
};

export type Message = { [K in MessageKind]: MessageOf<K> }[MessageKind];

/** The message that a part of a text is, without blanks around it. */
export type Matcher = (codes: Codes, from: number, end: number) => Message | undefined;

import { assembleResult } from './result/assemble-result.ts';
import type { ParsedRmanLog } from './result/facts.ts';
import { applyMessage } from './state/apply-message.ts';
import { LogState } from './state/log-state.ts';
import { Marks } from './state/marks.ts';
import { readVerb } from './state/objects-by-words.ts';
import { doubtLeftOut, readListingByWords } from './state/read-by-words.ts';
import type { Encoding } from './text/encoding.ts';
import type { Codes } from './text/text-codes.ts';
import { createTextLines } from './text/text-lines.ts';
import { WrappedLines } from './text/wrapped-lines.ts';
import { type AnchorGlance, createAnchorGlance, readAnchors } from './wordings/anchors.ts';
import type { Message, MessageKind } from './wordings/message.ts';
import { beginsMessage, ECHO, isTrace, recognise } from './wordings/recogniser.ts';

export interface RmanLogParser {
  /** The next part of the text, cut anywhere. */
  push(text: string): void;
  /** The result, after the last part. `encoding`: how the bytes were decoded, if they were. */
  end(encoding?: Encoding): ParsedRmanLog;
}

/** Of a last line without an end, which may be cut, only those count whose end says nothing more. */
const SAFE_WHEN_CUT: ReadonlySet<MessageKind> = new Set([
  'runCompleted',
  'commandStarted',
  'commandFinished',
  'setCompleted',
  'copyCompleted',
  'restoreCompleted',
  'setCancelled',
  'channelReleased',
  'echo',
  'remark',
  'codeLine',
]);

/** A log may come as one text; its codes take twice the room, and are made of a part at a time. */
const MOST_AT_ONCE = 256 * 1024;

/**
 * Reads one RMAN log, line by line and once: what is kept grows with what the log says was made, not with its length. Any text gives a
 * result; what cannot be known for certain is said in its doubts. Secrets are replaced by `***`.
 * @param source how the result names the log
 */
export const createRmanLogParser = (source = ''): RmanLogParser => {
  const state = new LogState();
  const marks = new Marks();
  const reading = { state, marks, mayHaveAnchors: createAnchorGlance() };
  const lines = new WrappedLines(beginsMessage, (codes, from, end, number, isWhole) =>
    readLine(reading, codes, from, end, number, isWhole),
  );
  const text = createTextLines((codes, from, end, isWhole) => lines.push(codes, from, end, isWhole));
  return {
    push(chunk) {
      if (chunk.length <= MOST_AT_ONCE) text.push(chunk);
      else for (let at = 0; at < chunk.length; at += MOST_AT_ONCE) text.push(ownPart(chunk, at));
    },
    end(encoding) {
      text.end();
      lines.end();
      marks.end();
      const { map, facts } = assembleResult(state, {
        source,
        lines: lines.count,
        ...(encoding && { encoding }),
      });
      return { map, facts: { ...facts, ...(marks.list.length > 0 && { marks: marks.list }) } };
    },
  };
};

/** A copy, so that what is kept of it does not keep the whole log. */
const ownPart = (text: string, at: number): string => ` ${text.slice(at, at + MOST_AT_ONCE)}`.slice(1);

/** The whole text of a log at once. */
export const parseRmanLog = (text: string, source?: string): ParsedRmanLog => {
  const parser = createRmanLogParser(source);
  parser.push(text);
  return parser.end();
};

interface Reading {
  readonly state: LogState;
  readonly marks: Marks;
  readonly mayHaveAnchors: AnchorGlance;
}

const readLine = (
  reading: Reading,
  codes: Codes,
  start: number,
  stop: number,
  number: number,
  isWhole: boolean,
): void => {
  const from = startOfText(codes, start, stop);
  const end = endOfText(codes, from, stop);
  if (from === end) return;
  const { state, marks } = reading;
  if (state.lists.listsSummaries && readRowAgain(reading, codes, from, end, number)) return;
  if (marks.readEchoAgain(codes, from, end, number)) {
    state.lists.end();
    applyMessage(state, ECHO, number);
    return;
  }
  const message = recognise(codes, from, end) ?? readForeign(reading, codes, from, end);
  if (!isWhole && message && !isSafeWhenCut(message.kind, codes.part(from, end))) {
    state.doubt('the last line may be cut: it is not used', number);
    return;
  }
  if (!message) {
    readOtherLine(reading, codes, from, end, number);
    return;
  }
  readHeading(state, message.kind, codes, from, end);
  readMark(marks, message.kind, codes, from, end, number);
  applyMessage(state, message, number);
};

/** Whether a line is the row of a list that one above it tells: no wording begins like it. */
const readRowAgain = (
  { state, marks }: Reading,
  codes: Codes,
  from: number,
  end: number,
  number: number,
): boolean => !marks.isInReport && state.lists.readLikeAbove(codes, from, end, number, scopeOf(state));

/** Headings of lists are remarks; any other message ends a list. */
const readHeading = (state: LogState, kind: MessageKind, codes: Codes, from: number, end: number): void => {
  if (kind !== 'remark') {
    state.lists.end();
    return;
  }
  const line = codes.part(from, end);
  if (state.runs.namesUniquely(codes, from, end)) state.runs.readUniqueName(line);
  state.lists.readHeading(line);
};

const readMark = (
  marks: Marks,
  kind: MessageKind,
  codes: Codes,
  from: number,
  end: number,
  number: number,
): void => {
  if (kind === 'echo') marks.readEcho(codes, from, end, number);
  else if (kind === 'remark') marks.readRemark(codes.part(from, end), number);
  else if (kind === 'channelRemark') marks.readChannelRemark(codes, from, end, number);
  else if (kind === 'targetConnected') marks.readConnection(codes.part(from, end), number);
  else if (kind === 'inputIsCopy' || kind === 'inputCopyOfDatafile') marks.readCopyAsInput(number);
  else if (kind === 'codeLine') marks.readCode(codes.part(from, end), number);
  else if (kind === 'runStarted') marks.end();
  else {
    marks.readOther();
    if (kind === 'channelLine') marks.readChannelRemark(codes, from, end, number);
  }
};

/** A line without a wording may still be understood; from then on the log counts as one in an unknown language. */
const readForeign = (
  { state, mayHaveAnchors }: Reading,
  codes: Codes,
  from: number,
  end: number,
): Message | undefined => {
  if (isTrace(codes, from) || !mayHaveAnchors(codes, from, end, state)) return undefined;
  const message = readAnchors(codes.part(from, end), state);
  if (message) state.isForeign = true;
  return message;
};

const startOfText = (codes: Codes, start: number, stop: number): number => {
  let at = start;
  while (at < stop && isBlank(codes[at] ?? 0)) at += 1;
  return at;
};

const endOfText = (codes: Codes, start: number, stop: number): number => {
  let at = stop;
  while (at > start && isBlank(codes[at - 1] ?? 0)) at -= 1;
  return at;
};

const isBlank = (code: number): boolean => code <= 32 || code === 0xa0 || code === 0x3000 || code === 0xfeff;

/** A piece whose line ends in the comment of a disk is whole in any case. */
const isSafeWhenCut = (kind: MessageKind, line: string): boolean =>
  SAFE_WHEN_CUT.has(kind) || (kind === 'pieceHandle' && line.endsWith('=NONE'));

const OMISSION = /^(?:\.{2,}|…|[-.*~_( ]*snip)/i;

/**
 * A line that is no message: part of a report, a name, an author's mark of omission, or text of somebody else. Most lines of a long log
 * are such, and passed by at a glance: none of those who read them asks for their text.
 */
const readOtherLine = (
  { state, marks }: Reading,
  codes: Codes,
  from: number,
  end: number,
  number: number,
): void => {
  const { runs, validation, lists } = state;
  if (marks.mayRead(codes, end)) marks.readRemark(codes.part(from, end), number);
  if (validation.mayRead(codes, from) && validation.read(codes.part(from, end), number)) return;
  if (lists.mayRead(codes, from) && lists.read(codes, from, end, number, scopeOf(state))) return;
  if (runs.namesUniquely(codes, from, end)) runs.readUniqueName(codes.part(from, end));
  if (state.isForeign || state.isTranslated) readVerb(state, codes.part(from, end), number);
  if (state.listing) readInListing(state, codes.part(from, end), number);
  else if (state.isForeign || state.isTranslated) doubtLeftOut(state, codes.part(from, end), number);
};

/** The database whose keys are listed. */
const scopeOf = ({ runs }: LogState): string => runs.all.at(-1)?.dbid ?? '';

const readInListing = (state: LogState, line: string, number: number): void => {
  const set = state.listingSet;
  if (set && OMISSION.test(line)) set.isElided = true;
  else readListingByWords(state, line, number);
};

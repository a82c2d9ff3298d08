import { applyMessage } from './apply-message.ts';
import { assembleResult } from './assemble-result.ts';
import type { Encoding } from './decode.ts';
import type { ParsedRmanLog } from './facts.ts';
import { LogState } from './log-state.ts';
import type { MessageKind } from './message.ts';
import { readListingByWords } from './read-by-words.ts';
import { beginsMessage, recognise } from './recogniser.ts';
import { createTextLines } from './text-lines.ts';
import { createWrappedLines, type LogLine } from './wrapped-lines.ts';

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

/**
 * Reads one RMAN log, line by line and once: what is kept grows with what the log says was made, not with its length. Any text gives a
 * result; what cannot be known for certain is said in its doubts. Secrets are replaced by `***`.
 * @param source how the result names the log
 */
export const createRmanLogParser = (source = ''): RmanLogParser => {
  const state = new LogState();
  const lines = createWrappedLines(
    (line) => beginsMessage(line),
    (line) => readLine(state, line),
  );
  const text = createTextLines((line, isWhole) => lines.push(line, isWhole));
  return {
    push: (chunk) => text.push(chunk),
    end(encoding) {
      text.end();
      lines.end();
      return assembleResult(state, { source, lines: lines.count, ...(encoding && { encoding }) });
    },
  };
};

/** The whole text of a log at once. */
export const parseRmanLog = (text: string, source?: string): ParsedRmanLog => {
  const parser = createRmanLogParser(source);
  parser.push(text);
  return parser.end();
};

const readLine = (state: LogState, { text, number, isWhole }: LogLine): void => {
  const line = text.trim();
  if (line === '') return;
  const message = recognise(line, state);
  if (!isWhole && message && !isSafeWhenCut(message.kind, line)) {
    state.doubt('the last line may be cut: it is not used', number);
    return;
  }
  if (message?.kind === 'remark' && line.includes('db_unique_name')) state.runs.readUniqueName(line);
  if (message) applyMessage(state, message, number);
  else readOtherLine(state, line, number);
};

/** A piece whose line ends in the comment of a disk is whole in any case. */
const isSafeWhenCut = (kind: MessageKind, line: string): boolean =>
  SAFE_WHEN_CUT.has(kind) || (kind === 'pieceHandle' && line.endsWith('=NONE'));

const OMISSION = /^(?:\.{2,}|…|[-.*~_( ]*snip)/i;

/** A line that is no message: part of a report, a name, an author's mark of omission, or text of somebody else. */
const readOtherLine = (state: LogState, line: string, number: number): void => {
  if (state.validation.read(line, number)) return;
  if (line.includes('db_unique_name')) state.runs.readUniqueName(line);
  if (!state.listing) return;
  const set = state.listingSet;
  if (set && OMISSION.test(line)) set.isElided = true;
  else readListingByWords(state, line, number);
};

import { keepText } from '../text/kept-text.ts';
import type { Codes } from '../text/text-codes.ts';
import { RareCharacter } from '../text/text-search.ts';
import type { ChannelNames } from './channel-names.ts';
import { commandNamesLongestFirst } from './language-wordings.ts';
import type { Message } from './message.ts';
import { secondsOf } from './wording.ts';

/** What is known of a log when a line is met that no wording fits. */
export interface KnownNames {
  readonly channels: ChannelNames;
  /** Some line was in a language that no table knows. */
  readonly isForeign: boolean;
  /** The wordings for the beginning and end of commands are known. */
  readonly knowsCommands: boolean;
}

/** Whether a line may have what no language translates. */
export type AnchorGlance = (codes: Codes, from: number, end: number, known: KnownNames) => boolean;

/** At a glance: most lines have neither an equals sign nor a channel's name. */
export const createAnchorGlance = (): AnchorGlance => {
  const equals = new RareCharacter('=');
  const colon = new RareCharacter(':');
  return (codes, from, end, { channels, isForeign, knowsCommands }) =>
    end - from <= LONGEST_LINE &&
    ((isForeign && !knowsCommands) ||
      equals.nextIn(codes, from) < end ||
      (channels.size > 0 && mayEndAt(codes, colon.nextIn(codes, from), from, end, channels)));
};

/** Whether a channel's name may end before a colon. */
const mayEndAt = (codes: Codes, colon: number, from: number, end: number, channels: ChannelNames): boolean =>
  colon < end &&
  colon - from <= LONGEST_START &&
  channels.mayEndIn(codes[codes[colon - 1] === BLANK ? colon - 2 : colon - 1] ?? 0);

/**
 * Understands a line by what no language translates: `DBID=`, `SID=`, `RECID=`, `STAMP=`, `NONE`, numbers with leading zeros, names
 * of channels and commands. Undefined where that leaves a choice.
 */
export const readAnchors = (line: string, known: KnownNames): Message | undefined => {
  if (line.includes('=')) return readKeys(line);
  const ofChannel = readChannelLine(line, known);
  return ofChannel ?? (known.isForeign && !known.knowsCommands ? readCommandFrame(line) : undefined);
};

const BLANK = 32;
const LONGEST_LINE = 4096;
/** More than stands before the colon in the line of a channel. */
const LONGEST_START = 200;

const RECORD = /RECID ?= ?(\d{1,15})[ ,]{1,4}STAMP ?= ?(\d{1,15})$/i;
const SESSION = /\bSID ?= ?(\d{1,9})\b/i;
const DEVICE = /[= ](DISK|SBT_TAPE|SBT)$/i;
const TARGET = /([\w$#.:-]{1,200}) \(DBID=(\d{1,15})/;
const COMMENT = /^(?:NONE$|API Version )/;

/** Most lines with an equals sign are of other programs. */
const HAS_KEY = /(?:RECID|DBID|SID|STAMP) ?=|= ?NONE$|= ?API Version |= ?0\d{4}/i;

const readKeys = (line: string): Message | undefined => {
  if (!HAS_KEY.test(line)) return undefined;
  const record = RECORD.exec(line);
  if (record) {
    const before = withoutEnd(line.slice(0, record.index));
    return readRecord(before, Number(record[1]), Number(record[2]));
  }
  const target = TARGET.exec(line);
  if (target) return { kind: 'targetConnected', name: keepText(target[1] ?? ''), dbid: target[2] ?? '' };
  return readSession(line) ?? readPiece(line) ?? readDatafile(line);
};

const readSession = (line: string): Message | undefined => {
  const sid = SESSION.exec(line);
  const device = DEVICE.exec(line)?.[1];
  if (!sid || device === undefined) return undefined;
  const channel = nameBefore(line, line.lastIndexOf(':', sid.index));
  return channel === undefined
    ? undefined
    : { kind: 'channelSession', channel, sid: Number(sid[1]), device: keepText(device) };
};

/** Two numbers before the record: an archived log to back up. A name and a tag: an image copy. One name: it depends on the line before. */
const readRecord = (before: string, recid: number, stamp: number): Message | undefined => {
  const second = lastPair(before);
  if (!second) return undefined;
  if (!second.before.includes('=')) {
    const name = before.slice(before.indexOf('=') + 1).trim();
    return name === '' ? undefined : { kind: 'namedObject', name: keepText(name), recid, stamp };
  }
  const first = second.before.slice(second.before.indexOf('=') + 1).trim();
  const [thread, sequence] = [first, second.value].map((value) =>
    /^\d{1,15}$/.test(value) ? Number(value) : -1,
  );
  if (thread !== undefined && sequence !== undefined && thread >= 0 && sequence >= 0) {
    return { kind: 'inputLog', thread, sequence, recid, stamp };
  }
  return { kind: 'copyOutput', output: keepText(first), tag: keepText(second.value), recid, stamp };
};

const readPiece = (line: string): Message | undefined => {
  const last = lastPair(line);
  if (!last || !COMMENT.test(last.value)) return undefined;
  const second = lastPair(last.before);
  if (!second || second.value === '') return undefined;
  const comment = keepText(last.value);
  const equals = second.before.indexOf('=');
  if (equals < 0) return { kind: 'pieceHandle', handle: keepText(second.value), comment };
  const handle = keepText(second.before.slice(equals + 1).trim());
  return { kind: 'pieceHandle', handle, tag: keepText(second.value), comment };
};

/** A number of five digits, then a name. */
const readDatafile = (line: string): Message | undefined => {
  const first = line.indexOf('=');
  const file = /^ ?(\d{5,9})[ ,]/.exec(line.slice(first + 1, first + 20))?.[1];
  const second = line.indexOf('=', first + 1);
  if (file === undefined || second < 0) return undefined;
  const name = line.slice(second + 1).trim();
  return name === '' ? undefined : { kind: 'inputDatafile', file: Number(file), name: keepText(name) };
};

/** `…KEY=value`, the last of a line: keys are single words. */
const lastPair = (text: string): { readonly before: string; readonly value: string } | undefined => {
  const equals = text.lastIndexOf('=');
  if (equals < 0) return undefined;
  const head = text.slice(0, equals).trimEnd();
  return {
    before: withoutEnd(head.slice(0, head.lastIndexOf(' ') + 1)),
    value: text.slice(equals + 1).trim(),
  };
};

const withoutEnd = (text: string): string => {
  const trimmed = text.trimEnd();
  return trimmed.endsWith(',') ? trimmed.slice(0, -1) : trimmed;
};

/** The word that ends at a colon, perhaps with a blank between. */
const nameBefore = (line: string, colon: number): string | undefined => {
  const end = line.charCodeAt(colon - 1) === BLANK ? colon - 1 : colon;
  let at = end;
  while (at > 0 && end - at < 128 && isNameCharacter(line.charCodeAt(at - 1))) at -= 1;
  return at < end ? line.slice(at, end) : undefined;
};

const isNameCharacter = (code: number): boolean =>
  (code >= 48 && code <= 57) ||
  (code >= 65 && code <= 90) ||
  (code >= 97 && code <= 122) ||
  code === 95 ||
  code === 36 ||
  code === 35;

const readChannelLine = (line: string, { channels }: KnownNames): Message | undefined => {
  const colon = line.indexOf(':');
  if (colon < 2 || colon > LONGEST_START) return undefined;
  const name = nameBefore(line, colon);
  return name !== undefined && channels.has(name)
    ? { kind: 'channelLine', channel: name, text: keepText(line.slice(colon + 1).trim()) }
    : undefined;
};

/** A short line with a command's name: its beginning, or its end when it has begun. Which of them, the state knows. */
const readCommandFrame = (line: string): Message | undefined => {
  if (line.length > 120 || !/\d/.test(line)) return undefined;
  const command = commandNamesLongestFirst.find((name) => hasWord(line, name));
  return command === undefined ? undefined : { kind: 'commandStarted', command };
};

const hasWord = (line: string, word: string): boolean => {
  const at = line.indexOf(word);
  return at >= 0 && !/[\w-]/.test(line.charAt(at - 1)) && !/[\w-]/.test(line.charAt(at + word.length));
};

const ELAPSED = /(\d{1,6}) ?: ?(\d\d) ?: ?(\d\d)$/;

/** The time that a line of a channel ends in: it closes a set or a copy. */
export const elapsedAtEnd = (text: string): number | undefined => {
  const elapsed = ELAPSED.exec(text);
  return elapsed ? secondsOf(elapsed[0]) : undefined;
};

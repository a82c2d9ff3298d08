import { keepText } from '../text/kept-text.ts';
import type {
  ListedCopy,
  ListedDatafile,
  ListedLog,
  ListedLogRange,
  ListedPiece,
  ListedSet,
  SchemaFile,
} from './listed.ts';

// The rows of RMAN's tables. Headings are translated, figures and their order are not. Dates have as many words as the NLS settings give
// them: of two dates in a row both have the same number of words.

type Row<T> = Omit<T, 'line'>;

const NUMBER = /^\d{1,20}$/;
const TYPE = /^(?:Full|Incr)$/;
/** `/u01/…`, `+DATA/…`, `D:\…`, `\\host\…` */
const PATH = /^(?:[/+]|\\\\|[A-Za-z]:\\)/;

const wordsOf = (text: string): string[] => text.split(/ +/);
const textOf = (words: readonly string[]): string => keepText(words.join(' '));
const isNumber = (word: string | undefined): boolean => word !== undefined && NUMBER.test(word);
const areNumbers = (...words: readonly (string | undefined)[]): boolean => words.every(isNumber);

/** Key, type, level unless full, size, device, elapsed time, completion time. */
export const readSetRow = (
  text: string,
): Row<Omit<ListedSet, 'pieces' | 'datafiles' | 'archivedLogs'>> | undefined => {
  const [, key, type, level, size = '', device = '', , completedAt = ''] =
    /^(\d{1,15}) +(?:(Full|Incr) +(?:([0-4]) +)?)?([\d.]+[KMGT]?) +([A-Z_]+) +(\d+:\d\d:\d\d) +(\S.*)$/.exec(
      text,
    ) ?? [];
  if (key === undefined) return undefined;
  return {
    key: Number(key),
    ...(type !== undefined && { type: type === 'Incr' ? 'Incr' : 'Full' }),
    ...(level !== undefined && { level: Number(level) }),
    size: keepText(size),
    device: keepText(device),
    completedAt: keepText(completedAt),
  };
};

/** A set of several pieces or copies: its device and times follow in a table of their own. */
export const readShortSetRow = (
  text: string,
): Row<Omit<ListedSet, 'pieces' | 'datafiles' | 'archivedLogs'>> | undefined => {
  const [, key, type, level, size = ''] =
    /^(\d{1,15}) +(?:(Full|Incr) +(?:([0-4]) +)?)?([\d.]+[KMGT]?)$/.exec(text) ?? [];
  if (key === undefined) return undefined;
  return {
    key: Number(key),
    ...(type !== undefined && { type: type === 'Incr' ? 'Incr' : 'Full' }),
    ...(level !== undefined && { level: Number(level) }),
    size: keepText(size),
  };
};

/** File, level, type, SCN, time, perhaps the absolute fuzzy SCN and whether it is sparse, name. */
export const readDatafileRow = (text: string): ListedDatafile | undefined => {
  const words = wordsOf(text);
  const typeAt = TYPE.test(words[1] ?? '') ? 1 : 2;
  const [file, level] = words;
  const type = words[typeAt];
  const ckpScn = words[typeAt + 1];
  if (!areNumbers(file, ckpScn) || !TYPE.test(type ?? '') || (typeAt === 2 && !/^[0-4]$/.test(level ?? '')))
    return undefined;
  const path = words.findIndex((word, at) => at > typeAt + 2 && PATH.test(word));
  const end = path < 0 ? words.length : path;
  const hasSparse = /^(?:YES|NO)$/.test(words[end - 1] ?? '');
  const time = words.slice(typeAt + 2, hasSparse ? end - 1 : end);
  if (hasSparse && time.length > 1 && /^\d{5,}$/.test(time.at(-1) ?? '')) time.pop();
  return {
    file: Number(file),
    ...(typeAt === 2 && { level: Number(level) }),
    type: type === 'Incr' ? 'Incr' : 'Full',
    ckpScn: keepText(ckpScn ?? ''),
    ckpTime: textOf(time),
    ...(path >= 0 && { name: textOf(words.slice(path)) }),
  };
};

/** Thread, sequence, low SCN, low time, next SCN, next time. */
export const readLogRangeRow = (text: string): ListedLogRange | undefined => {
  const words = wordsOf(text);
  const ofDate = (words.length - 4) / 2;
  const [thread, sequence, lowScn = ''] = words;
  const nextScn = words[3 + ofDate] ?? '';
  if (!Number.isInteger(ofDate) || ofDate < 1 || !areNumbers(thread, sequence, lowScn, nextScn))
    return undefined;
  return {
    thread: Number(thread),
    sequence: Number(sequence),
    lowScn: keepText(lowScn),
    lowTime: textOf(words.slice(3, 3 + ofDate)),
    nextScn: keepText(nextScn),
    nextTime: textOf(words.slice(4 + ofDate)),
  };
};

/** Key, file (not of a control file), status, completion time, SCN, time, and since 12.2 whether it is sparse. */
export const readCopyRow = (text: string, isControlFile: boolean): Row<ListedCopy> | undefined => {
  const words = wordsOf(text);
  if (/^(?:YES|NO)$/.test(words.at(-1) ?? '')) words.pop();
  const dateAt = isControlFile ? 2 : 3;
  const ofDate = (words.length - dateAt - 1) / 2;
  const status = words[dateAt - 1] ?? '';
  const ckpScn = words[dateAt + ofDate] ?? '';
  const isRow = Number.isInteger(ofDate) && ofDate >= 1 && /^[A-Z]$/.test(status);
  if (!isRow || !areNumbers(...words.slice(0, dateAt - 1), ckpScn)) return undefined;
  return {
    key: Number(words[0]),
    ...(!isControlFile && { file: Number(words[1]) }),
    status,
    completedAt: textOf(words.slice(dateAt, dateAt + ofDate)),
    ckpScn: keepText(ckpScn),
    ckpTime: textOf(words.slice(dateAt + ofDate + 1)),
  };
};

/** Key, thread, sequence, status, low time. */
export const readLogRow = (text: string): Row<ListedLog> | undefined => {
  const [, key, thread, sequence, status = '', lowTime = ''] =
    /^(\d{1,15}) +(\d{1,6}) +(\d{1,15}) +([A-Z]) +(\S.*)$/.exec(text) ?? [];
  if (key === undefined) return undefined;
  return {
    key: Number(key),
    thread: Number(thread),
    sequence: Number(sequence),
    status: keepText(status),
    lowTime: keepText(lowTime),
  };
};

/** Key, key of the set, piece, copy, status, device, name. */
export const readPieceRow = (text: string): Row<ListedPiece> | undefined => {
  const [, key, setKey, piece, copy, status = '', device = '', handle = ''] =
    /^(\d{1,15}) +(\d{1,15}) +(\d{1,6}) +(\d{1,3}) +([A-Z]+) +([A-Z_]+) +(\S.*)$/.exec(text) ?? [];
  if (key === undefined) return undefined;
  return {
    key: Number(key),
    setKey: Number(setKey),
    piece: Number(piece),
    copy: Number(copy),
    status: keepText(status),
    device: keepText(device),
    handle: keepText(handle),
  };
};

/** Key, piece, status, name: of one copy of a set. */
export const readCopyPieceRow = (text: string): Row<ListedPiece> | undefined => {
  const [, key, piece, status = '', handle = ''] =
    /^(\d{1,15}) +(\d{1,6}) +([A-Z]+) +(\S.*)$/.exec(text) ?? [];
  return key === undefined
    ? undefined
    : { key: Number(key), piece: Number(piece), status: keepText(status), handle: keepText(handle) };
};

/** File, size, tablespace, rollback segments or the greatest size, name. */
export const readSchemaRow = (text: string, isTemporary: boolean): Row<SchemaFile> | undefined => {
  const [, file, size = '', tablespace = '', name = ''] =
    /^(\d{1,6}) +(\d+|\*+) +(\S+) +(?:YES|NO|\*\*\*|\d+) +(\S.*)$/.exec(text) ?? [];
  if (file === undefined) return undefined;
  return {
    file: Number(file),
    isTemporary,
    ...(NUMBER.test(size) && { megabytes: Number(size) }),
    tablespace: keepText(tablespace),
    name: keepText(name),
  };
};

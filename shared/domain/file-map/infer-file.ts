import { readFileName } from '../rman/file-names.ts';
import type { FileContent, InferredFile } from './file-map.ts';

type Named = Omit<InferredFile, 'path' | 'content'>;

const spfile = /^spfile[^/]{0,64}\.ora$/i;
const passwordFile = /^(?:orapw[^/.]{1,64}|pwd[^/.]{1,64}\.ora)$/i;
/** Of %U for a control file copy, and of the snapshot control file. */
const controlFileCopy = /^cf[-_]D-.{1,30}_id-(\d{1,15})_\w+$/i;
const controlFile = /^(?:snapcf_[^/]{1,64}\.f|[^/]{1,120}\.ctl)$/i;
/** Of %U for a copy of an archived log. */
const archivedLogCopy = /^arch[-_]D-.{1,30}_id-(\d{1,15})_S-(\d{1,12})_T-(\d{1,4})_A-(\d{6,12})_\w+$/i;

/** What the name of a file says, where it is one that Oracle gives; undefined where it says nothing. */
export function inferFile(path: string, content: FileContent): InferredFile | undefined {
  const named = readOracleName(path) ?? readOtherName(path.slice(path.lastIndexOf('/') + 1));
  return named && { path, content, ...named };
}

function readOracleName(path: string): Named | undefined {
  const named = readFileName(path);
  switch (named?.kind) {
    case 'autobackup':
      return { kind: 'autobackup', dbid: named.dbid, day: named.day, dayNumber: named.number };
    case 'imagecopy':
      return { kind: 'imagecopy', dbid: named.dbid, datafile: named.file, tablespace: named.tablespace };
    case 'archivedlog': {
      const { kind, thread, sequence, resetlogsId } = named;
      return { kind, thread, sequence, ...(resetlogsId !== undefined && { resetlogsId }) };
    }
    case 'piece': {
      const { kind, content: holds, level } = named;
      return { kind, holds, ...(level !== undefined && { level }) };
    }
    default:
      return undefined;
  }
}

function readOtherName(name: string): Named | undefined {
  if (spfile.test(name)) return { kind: 'spfile' };
  if (passwordFile.test(name)) return { kind: 'passwordfile' };
  const [, controlDbid] = controlFileCopy.exec(name) ?? [];
  if (controlDbid !== undefined) return { kind: 'controlfile', dbid: controlDbid };
  if (controlFile.test(name)) return { kind: 'controlfile' };
  const [, dbid, sequence, thread, resetlogsId] = archivedLogCopy.exec(name) ?? [];
  if (dbid === undefined || resetlogsId === undefined) return undefined;
  return { kind: 'archivedlog', dbid, thread: Number(thread), sequence: Number(sequence), resetlogsId };
}

/** What the name of a file says that Oracle named itself; the fallback where no log does. Names that users choose say nothing. */
export type NamedFile =
  | {
      readonly kind: 'autobackup';
      readonly dbid: string;
      /** `YYYYMMDD`, of the day's autobackups the number: hexadecimal, as printed. */
      readonly day: string;
      readonly number: string;
    }
  | {
      readonly kind: 'imagecopy';
      readonly dbName: string;
      readonly dbid: string;
      readonly tablespace: string;
      readonly file: number;
    }
  | {
      readonly kind: 'archivedlog';
      readonly thread: number;
      readonly sequence: number;
      /** Of the incarnation: a STAMP in the names of OPEN RESETLOGS. Absent from the recovery area's names. */
      readonly resetlogsId?: string;
    }
  | {
      /** A piece that Oracle Managed Files named: its letters say what it holds. */
      readonly kind: 'piece';
      readonly content: PieceContent;
      /** Of an incremental. */
      readonly level?: number;
      readonly tag: string;
    };

export type PieceContent = 'datafiles' | 'archivelogs' | 'controlfile' | 'spfile' | 'controlfile and spfile';

const AUTOBACKUP = /^c-(\d{1,15})-(\d{8})-([0-9a-f]{2})$/i;
const OMF_AUTOBACKUP = /^o1_mf_[sn]_\d{6,12}_\w+_\.bkp$/i;
const IMAGE_COPY = /^data_D-(.{1,30})_I-(\d{1,15})_TS-(.{1,128})_FNO-(\d{1,6})_\w+$/i;
const ARCHIVED_LOG = /^(\d{1,4})_(\d{1,12})_(\d{6,12})\.(?:dbf|arc|log)$/i;
const OMF_ARCHIVED_LOG = /^o1_mf_(\d{1,4})_(\d{1,12})_\w+_\.arc$/i;
const OMF_PIECE = /^o1_mf_(nnnd|ncsn|ncnn|nnsn|annn)([0-9fn])_(.{1,64})_\w+_\.bkp$/i;

/** The letters: n for none, d datafiles, c control file, s SPFILE, a archived logs; then the level, f for full. */
const contents: Readonly<Record<string, PieceContent>> = {
  nnnd: 'datafiles',
  annn: 'archivelogs',
  ncsn: 'controlfile and spfile',
  ncnn: 'controlfile',
  nnsn: 'spfile',
};

/**
 * Reads the name of a file, with or without its path (of either platform). Undefined where the name is not one of Oracle's own. No time
 * is ever taken from a name: the number in an autobackup's is a day, and a copied file keeps its name.
 */
export const readFileName = (path: string): NamedFile | undefined => {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  const [, dbid, day = '', number = ''] = AUTOBACKUP.exec(name) ?? [];
  if (dbid !== undefined) return { kind: 'autobackup', dbid, day, number };
  return readCopyName(name) ?? readLogName(name) ?? readPieceName(name);
};

const readCopyName = (name: string): NamedFile | undefined => {
  const [, dbName, dbid = '', tablespace = '', file] = IMAGE_COPY.exec(name) ?? [];
  return dbName === undefined
    ? undefined
    : { kind: 'imagecopy', dbName, dbid, tablespace, file: Number(file) };
};

const readLogName = (name: string): NamedFile | undefined => {
  const [, thread, sequence, resetlogsId] = ARCHIVED_LOG.exec(name) ?? OMF_ARCHIVED_LOG.exec(name) ?? [];
  if (thread === undefined) return undefined;
  return {
    kind: 'archivedlog',
    thread: Number(thread),
    sequence: Number(sequence),
    ...(resetlogsId !== undefined && { resetlogsId }),
  };
};

const readPieceName = (name: string): NamedFile | undefined => {
  const [, letters, level = '', tag = ''] = OMF_PIECE.exec(name) ?? [];
  if (letters !== undefined) {
    const content = contents[letters.toLowerCase()] ?? 'datafiles';
    return { kind: 'piece', content, ...(/\d/.test(level) && { level: Number(level) }), tag };
  }
  // `s`: with the SPFILE, `n`: none was in use.
  if (!OMF_AUTOBACKUP.test(name)) return undefined;
  const content = /^o1_mf_s/i.test(name) ? 'controlfile and spfile' : 'controlfile';
  return { kind: 'piece', content, tag: '' };
};

import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatafileEntry, LogEntry } from '../piece-format.ts';
import { RmanError } from '../rman-error.ts';
import type { Session } from '../session.ts';
import { openPiece, type PiecePart, readDatafileHeader } from './read-piece.ts';

/** CATALOG START WITH: files whose names begin so become known, if they are backups of this database. */
export const catalogFiles = ({ database, say }: Session, prefix: string): void => {
  say(`searching for all files that match the pattern ${prefix}`, '');
  const known = new Set([
    ...database.pieces.map(({ handle }) => handle),
    ...database.copies.map(({ path }) => path),
  ]);
  const unknown = filesBelow(dirname(`${prefix}x`)).filter(
    (path) => path.startsWith(prefix) && !known.has(path),
  );
  if (unknown.length === 0) {
    say('no files found to be unknown to the database');
    return;
  }
  const refused: string[] = [];
  say('List of Files Unknown to the Database', '=====================================');
  say(...unknown.map((path) => `File Name: ${path}`), '', 'cataloging files...');
  for (const path of unknown) {
    const reason = catalogFile(database, path);
    if (reason !== undefined) refused.push(`File Name: ${path}`, `  ${reason}`);
  }
  say('cataloging done');
  if (refused.length > 0) {
    say('', 'List of Files Which Were Not Cataloged', '=======================================', ...refused);
  }
};

const catalogFile = (database: Session['database'], path: string): string | undefined => {
  const piece = openPiece(path);
  const copy = piece === undefined ? readDatafileHeader(path) : undefined;
  const found = piece ?? copy;
  if (found === undefined) return 'RMAN-07517: Reason: The file header is corrupted';
  if (found.dbid !== database.dbid) return `RMAN-07518: Reason: Foreign database file DBID: ${found.dbid}`;
  if (copy !== undefined) database.copies.push({ path, file: copy.file, tag: '' });
  else {
    const recid = ++database.lastPieceRecid;
    const completedAt = statSync(path).mtime.toISOString();
    database.pieces.push({ handle: path, tag: '', setNumber: 0, recid, stamp: 0, completedAt });
  }
  return undefined;
};

const filesBelow = (folder: string): string[] => {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
};

/** CROSSCHECK: what is not there is not looked for any more. */
export const crosscheck = ({ database, instance, say }: Session, what: 'backup' | 'copy'): void => {
  const files =
    what === 'backup' ? database.pieces.map(({ handle }) => handle) : database.copies.map(({ path }) => path);
  const name = what === 'backup' ? 'backup piece' : 'datafile copy';
  for (const path of files) {
    const isThere = existsSync(path);
    say(`crosschecked ${name}: found to be '${isThere ? 'AVAILABLE' : 'EXPIRED'}'`, `file name=${path}`);
    instance.expired = [...instance.expired.filter((each) => each !== path), ...(isThere ? [] : [path])];
  }
  say(`Crosschecked ${files.length} objects`, '');
};

type Part<Entry> = PiecePart & { readonly entry: Entry };

/** Parts of all pieces that are known, there and of this database. What cannot be opened is passed over, as RMAN does. */
export const partsKnown = ({ database, instance }: Session): PiecePart[] =>
  database.pieces
    .filter(({ handle }) => !instance.expired.includes(handle) && existsSync(handle))
    .flatMap(({ handle }) => {
      const piece = openPiece(handle);
      return piece?.dbid === database.dbid ? piece.parts : [];
    });

export const isDatafilePart = (part: PiecePart): part is Part<DatafileEntry> =>
  part.entry.holds === 'datafile';

/** Archived logs of the database's incarnation, by thread and sequence. */
export const logsKnown = (session: Session): ReadonlyMap<string, Part<LogEntry>> =>
  new Map(
    partsKnown(session)
      .filter((part): part is Part<LogEntry> => part.entry.holds === 'log')
      .filter(({ entry }) => entry.resetlogsId === session.database.resetlogsId)
      .map((part) => [`${part.entry.thread}/${part.entry.sequence}`, part]),
  );

/** The piece that a command names. */
export const namedPiece = (path: string) => {
  const piece = existsSync(path) ? openPiece(path) : undefined;
  if (piece !== undefined) return piece;
  throw new RmanError([
    `ORA-19870: error while restoring backup piece ${path}`,
    `ORA-19505: failed to identify file "${path}"`,
    'ORA-27037: unable to obtain file status',
  ]);
};

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { databaseSchema } from '../database.ts';
import { RmanError } from '../rman-error.ts';
import type { Session } from '../session.ts';
import { type OpenedPiece, type PiecePart, textOfPart } from './read-piece.ts';
import { namedPiece } from './repository.ts';
import type { RestoreCommand } from './restore-commands.ts';

type Startup = Extract<RestoreCommand, { kind: 'startup' }>;

export const startUp = (session: Session, { mode, force, pfile }: Startup): void => {
  const { instance, say } = session;
  if (instance.status !== 'down' && !force) {
    throw new RmanError(['ORA-01081: cannot start already-running ORACLE - shut it down first']);
  }
  if (pfile !== undefined && !(existsSync(pfile) && readFileSync(pfile, 'utf8').includes('db_name'))) {
    throw new RmanError([
      'ORA-01078: failure in processing system parameters',
      `LRM-00109: could not open parameter file '${pfile}'`,
    ]);
  }
  instance.status = 'nomount';
  say('', 'Oracle instance started');
  if (mode === 'mount') mountDatabase(session);
};

export const shutDown = ({ instance, say }: Session): void => {
  if (instance.status === 'down') throw new RmanError(['ORA-01034: ORACLE not available']);
  instance.status = 'down';
  say('Oracle instance shut down');
};

export const mountDatabase = ({ instance, dbid, say }: Session): void => {
  if (instance.status === 'down') throw new RmanError(['ORA-01034: ORACLE not available']);
  if (instance.status !== 'nomount') throw new RmanError(['ORA-01100: database already mounted']);
  const { database } = instance;
  if (database === undefined) {
    throw new RmanError(['ORA-00205: error in identifying control file, check alert log for more info']);
  }
  if (dbid !== undefined && dbid !== database.dbid) throw wrongDbid(dbid, database.dbid);
  instance.status = 'mounted';
  say('database mounted');
};

const wrongDbid = (dbid: number, found: number): RmanError =>
  new RmanError([`RMAN-06189: current DBID ${dbid} does not match target mounted database (${found})`]);

/** Stricter than RMAN, which takes the DBID for names of autobackups only: here a named piece has to be of it too. */
const pieceOfDatabase = ({ instance, dbid }: Session, path: string): OpenedPiece => {
  if (instance.status === 'down') throw new RmanError(['ORA-01034: ORACLE not available']);
  if (instance.status !== 'nomount') {
    throw new RmanError(['RMAN-06496: must use the TO clause when the database is mounted or open']);
  }
  if (dbid === undefined)
    throw new RmanError(['RMAN-06495: must explicitly specify DBID with SET DBID command']);
  const piece = namedPiece(path);
  if (piece.dbid !== dbid) throw wrongDbid(dbid, piece.dbid);
  return piece;
};

const textIn = ({ parts }: OpenedPiece, holds: 'controlFile' | 'spfile', what: string): string => {
  const part = parts.find(({ entry }) => entry.holds === holds);
  if (part === undefined || !('bytes' in part.entry)) {
    throw new RmanError([
      'RMAN-06026: some targets not found - aborting restore',
      `RMAN-06024: no backup or copy of the ${what} found to restore`,
    ]);
  }
  return textOfPart(part as PiecePart & { entry: { bytes: number } });
};

/** RESTORE CONTROLFILE FROM: what it says is all that the instance knows of its database from then on. */
export const restoreControlFile = (session: Session, from: string): void => {
  const { instance, say } = session;
  const text = textIn(pieceOfDatabase(session, from), 'controlFile', 'control file');
  instance.database = databaseSchema.parse(JSON.parse(text));
  instance.isControlFileRestored = true;
  instance.expired = [];
  say('channel ORA_DISK_1: control file restore complete, elapsed time: 00:00:01');
};

/** RESTORE SPFILE [TO PFILE] FROM. */
export const restoreSpfile = (session: Session, from: string, pfile: string | undefined): void => {
  const text = textIn(pieceOfDatabase(session, from), 'spfile', 'SPFILE');
  const folder = session.settings.FAKE_RMAN_DATABASE;
  mkdirSync(folder, { recursive: true });
  const path = pfile ?? join(folder, 'spfile.ora');
  if (!existsSync(dirname(path)))
    throw new RmanError([`ORA-07391: sftopn: fopen error, unable to open text file. ${path}`]);
  writeFileSync(path, text);
  session.say('channel ORA_DISK_1: SPFILE restore from AUTOBACKUP complete');
};

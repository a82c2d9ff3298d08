import { existsSync } from 'node:fs';
import type { Datafile } from '../database.ts';
import { RmanError } from '../rman-error.ts';
import type { Session } from '../session.ts';
import { currentDay, scnAtEndOf } from '../workload.ts';
import { readDatafileHeader } from './read-piece.ts';

const notIncomplete = 'ORA-01139: RESETLOGS option only valid after an incomplete database recovery';

/** ALTER DATABASE OPEN RESETLOGS: all datafiles have to be at the same SCN. */
export const openResetlogs = ({ database, instance }: Session): void => {
  if (instance.status === 'open') throw new RmanError(['ORA-01531: a database already open by the instance']);
  if (!instance.isControlFileRestored) {
    throw new RmanError([notIncomplete]);
  }
  database.resetAtScn = requireSameScn(database.datafiles, database.dbid);
  instance.status = 'open';
};

/** ALTER DATABASE OPEN. */
export const openDatabase = ({ database, instance }: Session): void => {
  if (instance.status === 'open') throw new RmanError(['ORA-01531: a database already open by the instance']);
  if (instance.isControlFileRestored) {
    throw new RmanError(['ORA-01589: must use RESETLOGS or NORESETLOGS option for database open']);
  }
  requireCurrent({ database }, database.datafiles);
  instance.status = 'open';
};

export const closePdb = ({ database }: Session, pdb: string): void => {
  filesOfPdb({ database }, pdb);
  if (database.closedPdbs.includes(pdb))
    throw new RmanError([`ORA-65020: pluggable database ${pdb} already closed`]);
  database.closedPdbs.push(pdb);
};

export const openPdb = ({ database }: Session, pdb: string, isReset: boolean): void => {
  const datafiles = filesOfPdb({ database }, pdb);
  if (!database.closedPdbs.includes(pdb))
    throw new RmanError([`ORA-65019: pluggable database ${pdb} already open`]);
  if (isReset) {
    const scn = requireSameScn(datafiles, database.dbid);
    if (scn === scnAtEndOf(currentDay(database))) throw new RmanError([notIncomplete]);
    database.resetAtScn = scn;
  } else {
    requireCurrent({ database }, datafiles);
  }
  database.closedPdbs = database.closedPdbs.filter((each) => each !== pdb);
};

const filesOfPdb = ({ database }: Pick<Session, 'database'>, pdb: string): readonly Datafile[] => {
  const found = database.datafiles.filter(({ container }) => container === pdb);
  if (found.length === 0) throw new RmanError([`ORA-65011: Pluggable database ${pdb} does not exist.`]);
  return found;
};

const offlineStatements =
  /^alter (?:tablespace (?<tablespace>\w+)|database datafile (?<number>\d+)) (?<action>offline(?: immediate)?|online)$/i;

/** SQL '…': what takes datafiles offline and brings them back. */
export const runSql = (session: Session, text: string): void => {
  const { database, instance } = session;
  const { tablespace, number, action = '' } = offlineStatements.exec(text)?.groups ?? {};
  if (action === '')
    throw new RmanError(['ORA-00900: invalid SQL statement, or one that the stand-in does not know']);
  const datafiles = database.datafiles.filter((datafile) =>
    number === undefined
      ? datafile.tablespace === tablespace?.toUpperCase() && datafile.container === undefined
      : datafile.number === Number(number),
  );
  if (datafiles.length === 0) throw new RmanError(['ORA-00959: tablespace or datafile does not exist']);
  if (instance.status !== 'open') throw new RmanError(['ORA-01109: database not open']);
  const numbers = datafiles.map((datafile) => datafile.number);
  if (/^offline/i.test(action)) {
    if (datafiles.some((datafile) => datafile.tablespace === 'SYSTEM')) {
      throw new RmanError(['ORA-01541: system tablespace cannot be brought offline; shut down if necessary']);
    }
    database.offline = [...new Set([...database.offline, ...numbers])];
  } else {
    requireCurrent(session, datafiles);
    database.offline = database.offline.filter((each) => !numbers.includes(each));
  }
};

const isOwn = (header: ReturnType<typeof readDatafileHeader>, { number }: Datafile, dbid: number) =>
  header !== undefined && header.dbid === dbid && header.file === number;

const fileError = (code: string, { number, name }: Datafile): RmanError =>
  new RmanError([code, `ORA-01110: data file ${number}: '${name}'`]);

const requireSameScn = (datafiles: readonly Datafile[], dbid: number): number => {
  const scns = datafiles.map((datafile) => {
    const { number, name } = datafile;
    if (!existsSync(name)) throw fileError(`ORA-01157: cannot identify/lock data file ${number}`, datafile);
    const header = readDatafileHeader(name);
    if (header === undefined || !isOwn(header, datafile, dbid)) {
      throw fileError(`ORA-01122: database file ${number} failed verification check`, datafile);
    }
    if (header.fuzzyScn > 0) {
      throw fileError(`ORA-01194: file ${number} needs more recovery to be consistent`, datafile);
    }
    return header.checkpointScn;
  });
  const last = Math.max(...scns);
  const behind = datafiles[scns.findIndex((scn) => scn < last)];
  if (behind !== undefined) {
    throw fileError(`ORA-01194: file ${behind.number} needs more recovery to be consistent`, behind);
  }
  return last;
};

/** Only files that were restored lie on the disk; the others are the simulated database's own, and current. */
const requireCurrent = ({ database }: Pick<Session, 'database'>, datafiles: readonly Datafile[]): void => {
  const current = scnAtEndOf(currentDay(database));
  for (const datafile of datafiles.filter(({ name }) => existsSync(name))) {
    const { number, name } = datafile;
    const header = readDatafileHeader(name);
    if (header === undefined || !isOwn(header, datafile, database.dbid)) {
      throw fileError(`ORA-01122: database file ${number} failed verification check`, datafile);
    }
    if (header.fuzzyScn > 0 || header.checkpointScn !== current) {
      throw fileError(`ORA-01113: file ${number} needs media recovery`, datafile);
    }
  }
};

import { existsSync } from 'node:fs';
import { RmanError } from '../rman-error.ts';
import { dateForFailure, dateForLog, type Session } from '../session.ts';
import { closePdb, openDatabase, openPdb, openResetlogs, runSql } from './open-database.ts';
import { readDatafileHeader } from './read-piece.ts';
import { recoverCopies } from './recover-copies.ts';
import { recoverDatafiles } from './recover-datafiles.ts';
import { catalogFiles, crosscheck } from './repository.ts';
import type { RestoreCommand } from './restore-commands.ts';
import { requireSound, restoreDatafiles } from './restore-datafiles.ts';
import { mountDatabase, restoreControlFile, restoreSpfile, shutDown, startUp } from './start-instance.ts';

/** As failures name them. */
const names: Readonly<Record<RestoreCommand['kind'], string>> = {
  setDbid: 'set',
  setUntil: 'set',
  setNewname: 'set',
  startup: 'startup',
  shutdown: 'shutdown',
  restoreControlFile: 'restore',
  restoreSpfile: 'restore',
  restore: 'restore',
  recover: 'recover',
  alterDatabase: 'alter db',
  alterPdb: 'sql statement',
  sql: 'sql',
  catalog: 'catalog',
  crosscheck: 'crosscheck',
  recoverCopies: 'recover',
  switchToCopy: 'switch',
  switchAll: 'switch',
};

/** Carries out a command that brings a database back. What goes wrong is reported as the failure of the command. */
export const runRestoreJob = async (session: Session, job: RestoreCommand): Promise<void> => {
  try {
    await runJob(session, job);
  } catch (error) {
    if (!(error instanceof RmanError)) throw error;
    throw new RmanError([
      `RMAN-03002: failure of ${names[job.kind]} command at ${dateForFailure(session)}`,
      ...error.messages,
    ]);
  }
};

const runJob = async (session: Session, job: RestoreCommand): Promise<void> => {
  const { say } = session;
  switch (job.kind) {
    case 'setDbid':
      return setDbid(session, job.dbid);
    case 'setUntil':
      session.until = job.until;
      return say('executing command: SET until clause');
    case 'setNewname':
      session.newNames.set(job.file, job.path);
      return say('executing command: SET NEWNAME');
    case 'startup':
      return startUp(session, job);
    case 'shutdown':
      return shutDown(session);
    case 'restoreControlFile':
      return restoreControlFile(session, job.from);
    case 'restoreSpfile':
      return restoreSpfile(session, job.from, job.pfile);
    case 'catalog':
      return catalogFiles(session, job.prefix);
    case 'crosscheck':
      return crosscheck(session, job.what);
    case 'restore':
      say('', `Starting restore at ${dateForLog(session)}`);
      await restoreDatafiles(session, job.scope);
      return say(`Finished restore at ${dateForLog(session)}`);
    case 'recover':
      say('', `Starting recover at ${dateForLog(session)}`);
      await recoverDatafiles(session, job.scope, job.hasRedo);
      return say(`Finished recover at ${dateForLog(session)}`);
    case 'recoverCopies':
      say('', `Starting recover at ${dateForLog(session)}`);
      await recoverCopies(session, job.tag);
      return say(`Finished recover at ${dateForLog(session)}`);
    case 'switchToCopy':
      return switchToCopy(session, job.file, job.path);
    case 'switchAll':
      return switchAll(session);
    case 'alterDatabase':
      if (job.action === 'mount') mountDatabase(session);
      else if (job.action === 'open') openDatabase(session);
      else openResetlogs(session);
      return say('Statement processed');
    case 'alterPdb':
      if (job.action === 'close') closePdb(session, job.pdb);
      else openPdb(session, job.pdb, job.action === 'openResetlogs');
      return say('Statement processed');
    case 'sql':
      runSql(session, job.text);
      return say(`sql statement: ${job.text}`);
  }
};

const setDbid = (session: Session, dbid: number): void => {
  if (session.instance.status === 'mounted' || session.instance.status === 'open') {
    throw new RmanError(['RMAN-06188: cannot use command when connected to a mounted target database']);
  }
  session.dbid = dbid;
  session.say('executing command: SET DBID');
};

const switchToCopy = ({ database, instance, say }: Session, number: number, path: string): void => {
  const datafile = database.datafiles.find((each) => each.number === number);
  const isKnown = database.copies.some((copy) => copy.path === path && copy.file === number);
  const header = existsSync(path) ? readDatafileHeader(path) : undefined;
  if (!datafile || !isKnown || header?.dbid !== database.dbid || header.file !== number) {
    throw new RmanError([`RMAN-06571: datafile ${number} does not have recoverable copy`]);
  }
  if (instance.status === 'open')
    throw new RmanError([`RMAN-06572: database is open and datafile ${number} is not offline`]);
  requireSound(path, datafile);
  datafile.name = path;
  say(`datafile ${number} switched to datafile copy "${path}"`);
};

const switchAll = ({ database, newNames, say }: Session): void => {
  for (const datafile of database.datafiles) {
    const path = newNames.get(datafile.number);
    if (path === undefined) continue;
    if (!existsSync(path))
      throw new RmanError([`RMAN-06571: datafile ${datafile.number} does not have recoverable copy`]);
    datafile.name = path;
    say(`datafile ${datafile.number} switched to datafile copy "${path}"`);
  }
};

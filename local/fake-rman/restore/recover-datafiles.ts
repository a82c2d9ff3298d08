import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { blockSize, findBlockFault } from '../block.ts';
import type { Datafile } from '../database.ts';
import { addressInCopy, fillDataBlock, fillFirstBlock, stateAt } from '../image-copy.ts';
import type { LogEntry } from '../piece-format.ts';
import { type ChangeVector, changesInLog, logOfBlock, readVectors } from '../redo.ts';
import { RmanError } from '../rman-error.ts';
import type { Session } from '../session.ts';
import { dayOf, nextSequence, scnsOfLog } from '../workload.ts';
import { blocksOfPart, readDatafileHeader } from './read-piece.ts';
import { endOfRecovery, type RecoveryEnd } from './recovery-end.ts';
import { isDatafilePart, logsKnown, partsKnown } from './repository.ts';
import type { Scope } from './restore-commands.ts';
import { addressOfFile, blockNumberOf } from './restore-datafiles.ts';
import { datafilesIn, requireUnused } from './scope.ts';

/** RECOVER: first the incrementals, then the redo behind them. */
export const recoverDatafiles = async (session: Session, scope: Scope, hasRedo: boolean): Promise<void> => {
  const datafiles = datafilesIn(session, scope);
  requireUnused(session, datafiles);
  const end = endOfRecovery(session);
  for (const datafile of datafiles) {
    headerOf(session, datafile, end);
    await applyIncrementals(session, datafile, {
      ...end,
      findHeader: () => headerOf(session, datafile, end),
      tell: () => session.say(`destination for restore of datafile ${datafile.number}: ${datafile.name}`),
    });
  }
  if (hasRedo) await applyRedo(session, datafiles, end);
  session.say('media recovery complete, elapsed time: 00:00:01');
};

const headerOf = (session: Session, { number, name }: Datafile, { lastScn }: RecoveryEnd) => {
  const header = existsSync(name) ? readDatafileHeader(name) : undefined;
  if (header === undefined || header.dbid !== session.database.dbid || header.file !== number) {
    throw new RmanError([`RMAN-06094: datafile ${number} must be restored`]);
  }
  if (lastScn !== undefined && Math.max(header.checkpointScn, header.fuzzyScn) > lastScn) {
    throw new RmanError([
      `RMAN-06556: datafile ${number} must be restored from backup older than SCN ${lastScn + 1}`,
    ]);
  }
  return header;
};

/** To a datafile or a copy of it: the one that goes furthest from where the file is, until there is none. */
export const applyIncrementals = async (
  session: Session,
  datafile: Datafile,
  {
    findHeader,
    tell,
    lastScn = Number.POSITIVE_INFINITY,
  }: Pick<RecoveryEnd, 'lastScn'> & {
    readonly findHeader: () => { readonly checkpointScn: number };
    /** Says which piece is about to be read. */
    readonly tell: (piece: string) => void;
  },
): Promise<void> => {
  const parts = partsKnown(session).filter(isDatafilePart);
  for (;;) {
    const { checkpointScn } = findHeader();
    const next = parts
      .filter(({ entry }) => entry.file === datafile.number && entry.fromScn > 0)
      .filter(({ entry }) => entry.fromScn <= checkpointScn && entry.checkpointScn > checkpointScn)
      .filter(({ entry }) => Math.max(entry.checkpointScn, entry.fuzzyScn) <= lastScn)
      .sort((one, other) => one.entry.checkpointScn - other.entry.checkpointScn)
      .at(-1);
    if (next === undefined) return;
    tell(next.path);
    await using file = await open(datafile.name, 'r+');
    for (const block of blocksOfPart(next, (each) => addressOfFile(each, datafile))) {
      const number = blockNumberOf(block);
      const present = await readBlock(file, datafile, number);
      if (scnOf(block) > scnOf(present)) await file.write(block, 0, blockSize, number * blockSize);
    }
  }
};

const scnOf = (block: Buffer): number => block.readUInt32LE(8) + block.readUInt16LE(12) * 2 ** 32;

const readBlock = async (file: FileHandle, datafile: Datafile, number: number): Promise<Buffer> => {
  const block = Buffer.alloc(blockSize);
  await file.read(block, 0, blockSize, number * blockSize);
  if (findBlockFault(block, addressInCopy(datafile, number)) === undefined) return block;
  throw new RmanError([
    `ORA-01578: ORACLE data block corrupted (file # ${datafile.number}, block # ${number})`,
    `ORA-01110: data file ${datafile.number}: '${datafile.name}'`,
  ]);
};

/** A log with its changes. */
interface Redo {
  readonly thread: number;
  readonly sequence: number;
  readonly firstScn: number;
  readonly nextScn: number;
  readonly readChanges: () => readonly ChangeVector[];
  readonly entry?: LogEntry;
}

/** The logs of all threads, in the order of their SCNs and without a gap in any, for all files together. */
const applyRedo = async (
  session: Session,
  datafiles: readonly Datafile[],
  end: RecoveryEnd,
): Promise<void> => {
  const { lastScn = Number.POSITIVE_INFINITY } = end;
  const headers = datafiles.map((datafile) => headerOf(session, datafile, end));
  const logs = redoKnown(session);
  let reached = Math.min(...headers.map(({ checkpointScn }) => checkpointScn));
  while (reached < lastScn) {
    const next = nextLogs(session, logs, reached + 1, end);
    if (next === undefined) break;
    for (const { thread, sequence } of next)
      session.say(`archived log for thread ${thread} with sequence ${sequence}`);
    const last = Math.min(lastScn, ...next.map(({ nextScn }) => nextScn - 1));
    const changes = next
      .flatMap((log) => log.readChanges())
      .filter(({ scn }) => scn <= last)
      .sort((one, other) => one.scn - other.scn);
    for (const datafile of datafiles) await applyChanges(session, datafile, changes);
    for (const { entry } of next) if (entry !== undefined) noteLog(session, entry);
    reached = last;
  }
  for (const [index, datafile] of datafiles.entries()) {
    const fuzzyScn = headers[index]?.fuzzyScn ?? 0;
    await writeHeader(session, datafile, reached, fuzzyScn > reached ? fuzzyScn : 0);
  }
};

/** Those that have the redo of an SCN, one of each thread; undefined where the recovery ends before one of them. */
const nextLogs = (
  session: Session,
  logs: readonly Redo[],
  scn: number,
  { before }: RecoveryEnd,
): readonly Redo[] | undefined => {
  const { database } = session;
  const found = Array.from({ length: database.threads }, (_, index) => {
    const thread = index + 1;
    const log = logs.find((each) => each.thread === thread && each.firstScn <= scn && scn < each.nextScn);
    return { thread, sequence: log?.sequence ?? sequenceAt(session, thread, scn), log };
  });
  if (found.some(({ thread, sequence }) => thread === before?.thread && sequence >= before.sequence))
    return undefined;
  return found.map(({ thread, sequence, log }) => {
    if (log === undefined) throw gapError(session, { thread, sequence }, scn);
    return log;
  });
};

/** Logs in pieces; with the database's own control file its archived logs are there as well. */
const redoKnown = (session: Session): Redo[] => {
  const { database, instance } = session;
  const own = instance.isControlFileRestored ? [] : database.archivedLogs;
  const inPieces = [...logsKnown(session).values()].map((part): Redo => {
    const { entry } = part;
    const readChanges = () =>
      [...blocksOfPart(part)].flatMap((block) => {
        const { thread, sequence } = logOfBlock(block);
        if (thread === entry.thread && sequence === entry.sequence) return readVectors(block);
        throw new RmanError([`ORA-00368: checksum error in redo log block of sequence ${entry.sequence}`]);
      });
    return { ...entry, readChanges, entry };
  });
  return [
    ...own.map((log) => ({ ...log, ...scnsOfLog(log), readChanges: () => changesInLog(database, log) })),
    ...inPieces,
  ];
};

/** As the control file knows it; where it does not, the one after the last that it does. */
const sequenceAt = ({ database }: Session, thread: number, scn: number): number =>
  logAt(database, thread, scn)?.sequence ?? nextSequence(database, thread);

const logAt = ({ archivedLogs }: Session['database'], thread: number, scn: number) =>
  archivedLogs.find((log) => {
    const { firstScn, nextScn } = scnsOfLog(log);
    return log.thread === thread && firstScn <= scn && scn < nextScn;
  });

const gapError = (
  { database }: Session,
  { thread, sequence }: { readonly thread: number; readonly sequence: number },
  scn: number,
): RmanError => {
  const log = `for thread ${thread} with sequence ${sequence} and starting SCN of ${scn}`;
  return logAt(database, thread, scn) === undefined
    ? new RmanError([`RMAN-06054: media recovery requesting unknown archived log ${log}`])
    : new RmanError([
        'RMAN-06053: unable to perform media recovery because of missing log',
        `RMAN-06025: no backup of archived log ${log} found to restore`,
      ]);
};

const applyChanges = async (
  { database }: Session,
  datafile: Datafile,
  changes: readonly ChangeVector[],
): Promise<void> => {
  await using file = await open(datafile.name, 'r+');
  for (const { block: number, day, scn } of changes.filter((change) => change.file === datafile.number)) {
    if (scnOf(await readBlock(file, datafile, number)) >= scn) continue;
    const block = Buffer.alloc(blockSize);
    fillDataBlock(block, database, datafile, { number, version: day });
    await file.write(block, 0, blockSize, number * blockSize);
  }
};

/** What redo tells of the time after the control file. */
const noteLog = ({ database }: Session, entry: LogEntry): void => {
  const { thread, sequence, recid, span, stamp, firstScn, changeShare } = entry;
  if (database.archivedLogs.some((log) => log.recid === recid)) return;
  database.archivedLogs.push({ thread, sequence, recid, span, stamp, timesBackedUp: 1 });
  database.changeShares[dayOf(firstScn) - 1] = changeShare;
};

const writeHeader = async (
  { database }: Session,
  datafile: Datafile,
  scn: number,
  fuzzyScn: number,
): Promise<void> => {
  await using file = await open(datafile.name, 'r+');
  const block = Buffer.alloc(blockSize);
  const state = { ...stateAt(database, scn), fuzzyScn };
  fillFirstBlock(block, database, datafile, { number: 1, state });
  await file.write(block, 0, blockSize, blockSize);
};

import { type BackupOfDatafile, makeDatafilePiece } from './backup-piece.ts';
import { writePiece } from './backup-sets.ts';
import { runBackup } from './channel-work.ts';
import type { JobCommand } from './commands.ts';
import { copyDatabase } from './copy-database.ts';
import type { Database, Datafile } from './database.ts';
import { expandFormat, pieceValues } from './file-name.ts';
import { stateInBackup } from './image-copy.ts';
import { formatElapsed, stampOf } from './oracle-date.ts';
import { dateForLog, defaultTag, type Session, secondsToWrite } from './session.ts';

type DatafilesCommand = Omit<Extract<JobCommand, { kind: 'backUpDatafiles' }>, 'kind'> & {
  /** The tag of the copies that they are to be merged into. */
  readonly forCopy?: string;
};

/** BACKUP AS BACKUPSET INCREMENTAL LEVEL … DATABASE: the datafiles are shared out, one set to each channel. */
export const backUpDatafiles = async (session: Session, command: DatafilesCommand): Promise<void> => {
  const { database, channels } = session;
  const tag = command.tag ?? defaultTag(session);
  const makeJobs = () => {
    const { datafiles } = database;
    const perSet = Math.ceil(datafiles.length / channels.length);
    return Array.from({ length: Math.ceil(datafiles.length / perSet) }, (_, index) => {
      const inSet = datafiles.slice(index * perSet, (index + 1) * perSet);
      return {
        backups: inSet.map((datafile) => chooseBlocks(session, command, datafile)),
        setNumber: ++database.lastSetNumber,
        seconds: secondsToWrite(inSet.reduce((sum, { sizeMib }) => sum + sizeMib, 0)),
      };
    });
  };
  await runBackup(session, makeJobs, {
    start: ({ channel, job }) =>
      session.say(
        `channel ${channel}: starting incremental level ${command.level} datafile backup set`,
        `channel ${channel}: specifying datafile(s) in backup set`,
        ...job.backups.map(
          ({ datafile: { number, name } }) =>
            `input datafile file number=${String(number).padStart(5, '0')} name=${name}`,
        ),
        `channel ${channel}: starting piece 1 at ${dateForLog(session)}`,
      ),
    finish: async ({ channel, job }) => {
      const handle = await writeDatafiles(session, command, tag, job);
      session.say(
        `channel ${channel}: finished piece 1 at ${dateForLog(session)}`,
        `piece handle=${handle} tag=${tag} comment=NONE`,
        `channel ${channel}: backup set complete, elapsed time: ${formatElapsed(job.seconds)}`,
      );
    },
  });
};

/**
 * BACKUP INCREMENTAL LEVEL 1 FOR RECOVER OF COPY WITH TAG: on the first night the copies, from then on what has changed since they were
 * made, or since the incremental before.
 */
export const backUpForCopies = async (
  session: Session,
  { copyTag, format }: Extract<JobCommand, { kind: 'backUpForCopies' }>,
): Promise<void> => {
  const { database } = session;
  const hasCopy = ({ number }: Datafile) =>
    database.copies.some(({ file, tag }) => file === number && tag === copyTag);
  const without = database.datafiles.filter((datafile) => !hasCopy(datafile));
  if (without.length === 0) {
    const incremental = { level: 1, isCumulative: false, tag: copyTag, format, forCopy: copyTag } as const;
    return backUpDatafiles(session, incremental);
  }
  for (const { number } of without) session.say(`no parent backup or copy of datafile ${number} found`);
  await copyDatabase(session, { reuse: false, tag: copyTag, format }, without);
  const { checkpointScn: scn } = stateInBackup(database, session.clock.now());
  for (const { number: file } of without)
    database.incrementals.push({ file, level: 0, scn, forCopy: copyTag });
};

const chooseBlocks = (
  { database, say }: Session,
  { level, isCumulative, forCopy }: DatafilesCommand,
  datafile: Datafile,
): BackupOfDatafile => {
  if (level === 0) return { datafile, level, fromScn: 0 };
  const parent = database.incrementals.findLast(
    (each) =>
      each.file === datafile.number && each.forCopy === forCopy && (each.level === 0 || !isCumulative),
  );
  if (parent === undefined) say(`no parent backup or copy of datafile ${datafile.number} found`);
  return { datafile, level, fromScn: parent?.scn ?? 0 };
};

const writeDatafiles = async (
  session: Session,
  { format, forCopy }: DatafilesCommand,
  tag: string,
  { backups, setNumber }: { backups: readonly BackupOfDatafile[]; setNumber: number },
): Promise<string> => {
  const { database, clock } = session;
  const at = clock.now();
  const handle = expandFormat(format, pieceValues(database, at, setNumber));
  await writePiece(session, handle, makeDatafilePiece(database, backups, { setNumber, at }));
  noteBackups(database, backups, { at, forCopy });
  const recid = ++database.lastPieceRecid;
  database.pieces.push({ handle, tag, setNumber, recid, stamp: stampOf(at), completedAt: at.toISOString() });
  return handle;
};

const noteBackups = (
  database: Database,
  backups: readonly BackupOfDatafile[],
  { at, forCopy }: { readonly at: Date; readonly forCopy: string | undefined },
): void => {
  const { checkpointScn: scn } = stateInBackup(database, at);
  for (const { datafile, level } of backups) {
    database.incrementals.push({
      file: datafile.number,
      level,
      scn,
      ...(forCopy !== undefined && { forCopy }),
    });
  }
};

import { rm } from 'node:fs/promises';
import { makeAutobackupPiece, makeLogPiece, type PieceContent } from './backup-piece.ts';
import { writeBlocks } from './block-writer.ts';
import { namingChannel, runBackup } from './channel-work.ts';
import type { JobCommand } from './commands.ts';
import type { ArchivedLog } from './database.ts';
import { autobackupValues, expandFormat, pieceValues } from './file-name.ts';
import { formatElapsed, stampOf } from './oracle-date.ts';
import { RmanError } from './rman-error.ts';
import { dateForLog, defaultTag, type Session, secondsToWrite } from './session.ts';
import { takeAutobackupSequence } from './workload.ts';

type LogsCommand = Extract<JobCommand, { kind: 'backUpLogs' }>;
type DeleteCommand = Extract<JobCommand, { kind: 'deleteSets' }>;

/** Writes a new piece. */
export const writePiece = async ({ settings }: Session, path: string, content: PieceContent): Promise<void> =>
  writeBlocks(path, content.blocks, content.fill, {
    reuse: false,
    delayMsPerMib: settings.FAKE_RMAN_DELAY_MS_PER_MIB,
  });

/** BACKUP AS BACKUPSET … ARCHIVELOG ALL: the logs are shared out, one set to each channel. */
export const backUpLogs = async (session: Session, command: LogsCommand): Promise<void> => {
  const { database, channels } = session;
  const tag = command.tag ?? defaultTag(session);
  const makeJobs = () => {
    session.say('current log archived');
    const logs = chooseLogs(session, command);
    const perSet = Math.max(1, Math.ceil(logs.length / channels.length));
    return Array.from({ length: Math.ceil(logs.length / perSet) }, (_, index) => {
      const inSet = logs.slice(index * perSet, (index + 1) * perSet);
      return {
        logs: inSet,
        setNumber: ++database.lastSetNumber,
        seconds: secondsToWrite(inSet.length * database.logMib),
      };
    });
  };
  await runBackup(session, makeJobs, {
    start: ({ channel, job }) =>
      session.say(
        `channel ${channel}: starting archived log backup set`,
        `channel ${channel}: specifying archived log(s) in backup set`,
        ...job.logs.map(
          (log) =>
            `input archived log thread=${log.thread} sequence=${log.sequence} RECID=${log.recid} STAMP=${log.stamp}`,
        ),
        `channel ${channel}: starting piece 1 at ${dateForLog(session)}`,
      ),
    finish: async ({ channel, job }) => {
      const handle = await writeLogSet(session, command, tag, job);
      session.say(
        `channel ${channel}: finished piece 1 at ${dateForLog(session)}`,
        `piece handle=${handle} tag=${tag} comment=NONE`,
        `channel ${channel}: backup set complete, elapsed time: ${formatElapsed(job.seconds)}`,
      );
    },
  });
};

const chooseLogs = (
  session: Session,
  { notBackedUpTimes = Number.POSITIVE_INFINITY }: LogsCommand,
): ArchivedLog[] => {
  const { archivedLogs } = session.database;
  const skipped = archivedLogs.filter(({ timesBackedUp }) => timesBackedUp >= notBackedUpTimes);
  for (const thread of new Set(skipped.map((log) => log.thread))) {
    const numbers = skipped.filter((log) => log.thread === thread).map(({ sequence }) => sequence);
    const [first, last] = [numbers.at(0), numbers.at(-1)];
    session.say(
      first === last
        ? `skipping archived log of thread ${thread} with sequence ${first}; already backed up`
        : `skipping archived logs of thread ${thread} from sequence ${first} to ${last}; already backed up`,
    );
  }
  return archivedLogs.filter((log) => !skipped.includes(log));
};

const writeLogSet = async (
  session: Session,
  { format }: LogsCommand,
  tag: string,
  { logs, setNumber }: { logs: readonly ArchivedLog[]; setNumber: number },
): Promise<string> => {
  const { database, settings, clock } = session;
  const at = clock.now();
  const handle = expandFormat(format, pieceValues(database, at, setNumber));
  if (settings.FAKE_RMAN_FAIL === 'archivelog') {
    throw new RmanError([
      `ORA-19510: failed to set size of ${logs.length * database.logMib * 128} blocks for file "${handle}"`,
      'ORA-27059: could not reduce file size',
    ]);
  }
  await writePiece(session, handle, makeLogPiece(database, logs, { setNumber, at }));
  for (const log of logs) log.timesBackedUp += 1;
  const recid = ++database.lastPieceRecid;
  database.pieces.push({ handle, tag, setNumber, recid, stamp: stampOf(at), completedAt: at.toISOString() });
  return handle;
};

/** The control file and SPFILE, saved without being asked for after the last of a row of backups. */
export const makeAutobackup = async (session: Session): Promise<void> => {
  const { database, clock } = session;
  const [channel = 'default'] = session.channels;
  const at = clock.now();
  session.say('', `Starting Control File and SPFILE Autobackup at ${dateForLog(session)}`);
  const setNumber = ++database.lastSetNumber;
  const values = autobackupValues(database, at, takeAutobackupSequence(database, at));
  const handle = expandFormat(session.autobackupFormat, values);
  await namingChannel(session, 'Control File and SPFILE Autobackup', channel, () =>
    writePiece(session, handle, makeAutobackupPiece(database, { setNumber, at })),
  );
  clock.moveTo(new Date(at.getTime() + 1000));
  session.say(
    `piece handle=${handle} comment=NONE`,
    `Finished Control File and SPFILE Autobackup at ${dateForLog(session)}`,
  );
  session.needsAutobackup = false;
};

/** DELETE NOPROMPT BACKUP TAG … COMPLETED BEFORE …: removes pieces from the disk and from the repository. */
export const deleteSets = async (session: Session, { tag, olderThanDays }: DeleteCommand): Promise<void> => {
  const { database, clock } = session;
  const before =
    olderThanDays === undefined
      ? undefined
      : new Date(clock.now().getTime() - olderThanDays * 86_400_000).toISOString();
  const doomed = database.pieces.filter(
    (piece) => piece.tag === tag && (before === undefined || piece.completedAt < before),
  );
  if (doomed.length === 0) return session.say('specification does not match any backup in the repository');
  session.say(
    '',
    'List of Backup Pieces',
    'BP Key  BS Key  Pc# Cp# Status      Device Type Piece Name',
    '------- ------- --- --- ----------- ----------- ----------',
    ...doomed.map(
      ({ recid, setNumber, handle }) =>
        `${String(recid).padEnd(7)} ${String(setNumber).padEnd(7)} 1   1   AVAILABLE   DISK        ${handle}`,
    ),
  );
  for (const { handle, recid, stamp } of doomed) {
    await rm(handle, { force: true });
    session.say('deleted backup piece', `backup piece handle=${handle} RECID=${recid} STAMP=${stamp}`);
  }
  database.pieces = database.pieces.filter((piece) => !doomed.includes(piece));
  session.say(`Deleted ${doomed.length} objects`, '');
};

import { backUpDatafiles, backUpForCopies } from './backup-datafiles.ts';
import { backUpLogs, deleteSets, makeAutobackup } from './backup-sets.ts';
import type { JobCommand } from './commands.ts';
import { copyDatabase } from './copy-database.ts';
import { hash32 } from './random.ts';
import { runRestoreJob } from './restore/run-restore-job.ts';
import { RmanError } from './rman-error.ts';
import { dateForFailure, type Session } from './session.ts';

/** Runs the commands of a run block in order; the first that fails ends it. */
export const runBlock = async (session: Session, jobs: readonly JobCommand[]): Promise<void> => {
  try {
    for (const job of jobs) await runJob(session, job);
    if (session.needsAutobackup) await makeAutobackup(session);
  } finally {
    // Before an error's stack too, as in RMAN.
    session.until = undefined;
    session.newNames.clear();
    for (const channel of session.channels.splice(0)) session.say(`released channel: ${channel}`);
  }
};

const backupKinds: readonly JobCommand['kind'][] = [
  'copyDatabase',
  'backUpLogs',
  'backUpDatafiles',
  'backUpForCopies',
];

const runJob = async (session: Session, job: JobCommand): Promise<void> => {
  const isBackup = backupKinds.includes(job.kind);
  if (isBackup && session.channels.length === 0) {
    throw new RmanError([
      `RMAN-03002: failure of backup command at ${dateForFailure(session)}`,
      'The stand-in has no automatic channels: allocate one in the run block',
    ]);
  }
  if (!isBackup && session.needsAutobackup) await makeAutobackup(session);
  switch (job.kind) {
    case 'allocateChannel':
      return allocateChannel(session, job.channel);
    case 'releaseChannel':
      return releaseChannel(session, job.channel);
    case 'setAutobackupFormat':
      session.autobackupFormat = job.format;
      return session.say('executing command: SET CONTROLFILE AUTOBACKUP FORMAT');
    case 'copyDatabase':
      return copyDatabase(session, job);
    case 'backUpDatafiles':
      return backUpDatafiles(session, job);
    case 'backUpForCopies':
      return backUpForCopies(session, job);
    case 'backUpLogs':
      return backUpLogs(session, job);
    case 'deleteSets':
      return deleteSets(session, job);
    default:
      return runRestoreJob(session, job);
  }
};

const allocateChannel = (session: Session, channel: string): void => {
  const sid = 20 + (hash32(session.database.seed, session.channels.length) % 900);
  session.channels.push(channel);
  session.say('', `allocated channel: ${channel}`, `channel ${channel}: SID=${sid} device type=DISK`);
};

const releaseChannel = (session: Session, channel: string): void => {
  const index = session.channels.indexOf(channel);
  if (index < 0) {
    throw new RmanError([
      `RMAN-03002: failure of release command at ${dateForFailure(session)}`,
      `RMAN-06012: channel: ${channel} not allocated`,
    ]);
  }
  session.channels.splice(index, 1);
  session.say('', `released channel: ${channel}`);
};

import { type ChannelEvent, type ChannelJob, scheduleOnChannels } from './channels.ts';
import { RmanError } from './rman-error.ts';
import { dateForFailure, dateForLog, type Session } from './session.ts';

export interface ChannelSteps<Job extends ChannelJob> {
  start(event: ChannelEvent<Job>): void;
  finish(event: ChannelEvent<Job>): Promise<void>;
}

/** Runs a BACKUP command's jobs on the allocated channels, inside the frame that the log has round a command. */
export const runBackup = async <Job extends ChannelJob>(
  session: Session,
  makeJobs: () => readonly Job[],
  { start, finish }: ChannelSteps<Job>,
): Promise<void> => {
  session.say('', `Starting backup at ${dateForLog(session)}`);
  const beganAt = session.clock.now().getTime();
  for (const event of scheduleOnChannels(makeJobs(), session.channels)) {
    session.clock.moveTo(new Date(beganAt + event.at * 1000));
    if (event.kind === 'start') start(event);
    else await namingChannel(session, 'backup', event.channel, () => finish(event));
  }
  session.say(`Finished backup at ${dateForLog(session)}`);
  session.needsAutobackup = true;
};

/** What a channel's work throws is reported as the failure of that channel. */
export const namingChannel = async (
  session: Session,
  command: string,
  channel: string,
  work: () => Promise<void>,
): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RmanError)) throw error;
    const failure = `RMAN-03009: failure of ${command} command on ${channel} channel at ${dateForFailure(session)}`;
    throw new RmanError([failure, ...error.messages]);
  }
};

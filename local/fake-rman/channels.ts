/** A piece of work for one channel. */
export interface ChannelJob {
  readonly seconds: number;
}

export interface ChannelEvent<Job extends ChannelJob> {
  readonly kind: 'start' | 'finish';
  readonly channel: string;
  readonly job: Job;
  /** Seconds since the command began. */
  readonly at: number;
}

/**
 * The order in which channels that work side by side begin and end their jobs: each takes the next job as soon as it
 * is free. RMAN's log interleaves in this way; working it out beforehand keeps a run repeatable.
 */
export const scheduleOnChannels = <Job extends ChannelJob>(
  jobs: readonly Job[],
  channels: readonly string[],
): ChannelEvent<Job>[] => {
  const waiting = [...jobs];
  const running: { channel: string; job: Job; endsAt: number }[] = [];
  const events: ChannelEvent<Job>[] = [];
  const start = (channel: string, at: number): void => {
    const job = waiting.shift();
    if (!job) return;
    events.push({ kind: 'start', channel, job, at });
    running.push({ channel, job, endsAt: at + job.seconds });
  };
  for (const channel of channels) start(channel, 0);
  for (;;) {
    running.sort((one, other) => one.endsAt - other.endsAt);
    const first = running.shift();
    if (!first) return events;
    events.push({ kind: 'finish', channel: first.channel, job: first.job, at: first.endsAt });
    start(first.channel, first.endsAt);
  }
};

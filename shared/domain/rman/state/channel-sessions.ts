import type { Channel } from '../result/facts.ts';

/** What a channel works on. */
export type ChannelSession = Omit<Channel, 'name' | 'line'>;

/** Written out as most of them are: to spread what stands between others, V8 has to be called for each. */
export const toChannel = (name: string, line: number, session: ChannelSession | undefined): Channel => {
  if (session === undefined) return { name, line };
  const { sid, device, instance } = session;
  if (sid !== undefined && device !== undefined && instance === undefined) return { name, sid, device, line };
  return { name, ...session, line };
};

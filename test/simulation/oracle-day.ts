import { backup, backupSet, connected, textOf } from '../domain/file-map/rman-session.ts';
import type { Random } from './random.ts';
import { type Files, newBlock, type SentLog } from './snapshot-content.ts';

const mountpoint = '/mnt/m';
const names = ['a', 'b', 'c', 'd'] as const;
const dbids = ['1111111111', '2222222222'] as const;

/** What a DBA's script leaves on a mount in a night: files written, changed and removed, and sometimes a log of it. */
export function liveThroughNight(files: Files, random: Random): { files: Files; logs: SentLog[] } {
  const next = new Map(files);
  const written = random.pick(names);
  const known = next.get(written);
  const blocks = Array.from({ length: 1 + random.below(3) }, () => newBlock(random));
  if (known && random.chance(0.5)) next.set(written, [...known.slice(0, 2), ...blocks].slice(0, 4));
  else next.set(written, blocks);
  const other = random.pick(names);
  if (other !== written && random.chance(0.25)) next.delete(other);
  if (!random.chance(0.3)) return { files: next, logs: [] };
  return { files: next, logs: [rmanLog(written, random)] };
}

/** The log of a backup of one database to one file. */
export const rmanLog = (name: string, random: Random): SentLog => ({
  mountpoint,
  text: textOf(
    connected(random.pick(dbids)),
    backup(backupSet({ handle: `${mountpoint}/${name}`, level: random.below(2), withControlFile: true })),
  ),
});

import { backup, backupSet, connected, textOf } from '../domain/file-map/rman-session.ts';
import { filesOfNight, type Night, nightLog } from '../domain/recoverability/session.ts';
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

const nightsInCycle = 3;

/**
 * The same by the book: a level 0 every third night, level 1 and archived logs in the others, each night in files of its own. What
 * is older than a night is sometimes removed: it is in the vault, and the backups of the next nights need it there.
 */
export function liveByTheBook(
  files: Files,
  number: number,
  random: Random,
): { files: Files; logs: SentLog[] } {
  const level = number % nightsInCycle === 0 ? 0 : 1;
  const night: Night = {
    ...{ day: `2026-02-${String(number + 1).padStart(2, '0')}`, folder: mountpoint, level, files: [1] },
    ...{ before: [], after: [[1, 120 + number]] },
    typed: `backup incremental level ${level} database plus archivelog;`,
  };
  const written = filesOfNight(night);
  const kept = random.chance(0.6) ? [] : [...files].slice(-written.length);
  const next = new Map([...kept, ...written.map((name) => [name, [newPiece(random)]] as const)]);
  return { files: next, logs: random.chance(0.1) ? [] : [{ mountpoint, text: nightLog(night) }] };
}

/** Oracle writes whole blocks: a piece that ends inside of one is damaged. */
const newPiece = (random: Random): string => newBlock(random).padEnd(512, '.');

/** The log of a backup of one database to one file. */
export const rmanLog = (name: string, random: Random): SentLog => ({
  mountpoint,
  text: textOf(
    connected(random.pick(dbids)),
    backup(backupSet({ handle: `${mountpoint}/${name}`, level: random.below(2), withControlFile: true })),
  ),
});

import { InvalidArgumentError } from 'commander';
import type { RestoreOwners } from '../../shared/domain/restore.ts';

const form = 'UID:GID for everything, or uid:FROM=TO and gid:FROM=TO with commas between';

/** `500:600`, or `uid:54321=500,gid:54322=600`. */
export function parseOwners(text: string): RestoreOwners {
  const all = /^(\d{1,10}):(\d{1,10})$/.exec(text);
  if (all) return { allTo: { uid: Number(all[1]), gid: Number(all[2]) } };
  const owners = { uids: {} as Record<string, number>, gids: {} as Record<string, number> };
  for (const part of text.split(',')) {
    const [, kind, from, to] = /^(uid|gid):(\d{1,10})=(\d{1,10})$/.exec(part) ?? [];
    if (kind === undefined || from === undefined) throw new InvalidArgumentError(`It is none: ${form}.`);
    const map = kind === 'uid' ? owners.uids : owners.gids;
    if (map[Number(from)] !== undefined) throw new InvalidArgumentError(`It names ${kind} ${from} twice.`);
    map[Number(from)] = Number(to);
  }
  return owners;
}

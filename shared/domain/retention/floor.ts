import type { UploadId } from '../ids.ts';
import type { ProtectionReason } from './decision.ts';
import type { RetentionDatabase, RetentionPoint } from './retention-point.ts';

/**
 * The points that always stay: for each database its newest usable ones, as many as the floor says. Where fewer are known
 * to be usable, the newest that may be stay as well, and then the newest that have the database at all: what little
 * there is of a database is not given up because nobody knows what it is worth. The same for the points without
 * databases, for which undamaged is all that can be asked.
 */
export function floorKeeps(
  points: readonly RetentionPoint[],
  floor: number,
): ReadonlyMap<UploadId, readonly ProtectionReason[]> {
  const newestFirst = [...points].sort((a, b) => b.seq - a.seq);
  const keeps = new Map<UploadId, ProtectionReason[]>();
  const keep = (chosen: Iterable<RetentionPoint>, reason: ProtectionReason) => {
    for (const { recoveryPointId: id } of chosen) keeps.set(id, [...(keeps.get(id) ?? []), reason]);
  };
  const dbids = new Set(points.flatMap(({ databases }) => databases.map(({ dbid }) => dbid)));
  for (const dbid of dbids) {
    const having = newestFirst.flatMap((point) => {
      const database = point.databases.find((candidate) => candidate.dbid === dbid);
      return database === undefined ? [] : [{ point, database }];
    });
    keep(newestOf(having, floor), { code: 'FLOOR', dbid });
  }
  const unclaimed = newestFirst.filter(({ databases }) => databases.length === 0);
  const sound = unclaimed.filter(({ isDamaged }) => !isDamaged);
  keep(fill([sound, unclaimed], floor), { code: 'FLOOR' });
  return keeps;
}

interface Having {
  readonly point: RetentionPoint;
  readonly database: RetentionDatabase;
}

function newestOf(having: readonly Having[], floor: number): ReadonlySet<RetentionPoint> {
  const sound = having.filter(({ point }) => !point.isDamaged);
  const usable = sound.filter(({ database }) => database.recoverable === 'yes');
  const possible = sound.filter(({ database }) => database.recoverable !== 'no');
  const ranks = [usable, possible, sound, having].map((rank) => rank.map(({ point }) => point));
  return fill(ranks, floor);
}

/** The first of each rank until `floor` points are chosen; a whole rank is used up before the next. */
function fill(ranks: readonly (readonly RetentionPoint[])[], floor: number): ReadonlySet<RetentionPoint> {
  const chosen = new Set<RetentionPoint>();
  for (const point of ranks.flat()) {
    if (chosen.size === floor) break;
    chosen.add(point);
  }
  return chosen;
}

import type { FileMap } from '../../../../shared/domain/file-map/file-map.ts';
import type { ManifestEntry } from '../../../../shared/domain/vault/manifest-rows.ts';
import { file, nextMap } from '../../file-map/line.ts';
import { ToyDatabase } from './database.ts';
import { Random } from './random.ts';
import type { Piece } from './restore.ts';
import { type RunPlan, ToyRman } from './rman.ts';

/** A snapshot of the mount: what its files really hold, and the map that the service makes of it. */
export interface ToyPoint {
  readonly files: ReadonlyMap<string, Piece>;
  readonly map: FileMap;
  readonly logs: readonly string[];
}

export interface ToyHistory {
  readonly database: ToyDatabase;
  readonly points: readonly ToyPoint[];
  /** Every run proved its datafiles, and backed up the logs around them and the control file, in one incarnation. */
  readonly isTidy: boolean;
}

const kinds = ['full', 'level 0', 'merge', 'level 1', 'cumulative'] as const;
const digests = new WeakMap<Piece, string>();
let lastDigest = 0;

/** The snapshot's entries: another content has another digest. */
export function entriesOf(files: ReadonlyMap<string, Piece>): ManifestEntry[] {
  return [...files].map(([path, piece]) => {
    const digest = digests.get(piece) ?? `content ${++lastDigest}`;
    digests.set(piece, digest);
    return file(path, digest);
  });
}

/** Some days in the life of a database: work, runs of RMAN, mishaps, a snapshot after each run or two. */
export async function makeHistory(seed: number): Promise<ToyHistory> {
  const random = new Random(seed);
  const isTidy = random.chance(0.4);
  const database = new ToyDatabase(random);
  const rman = new ToyRman(database);
  const points: ToyPoint[] = [];
  const favourite = random.pick(kinds);
  let pending: string[] = [];
  const days = 2 + random.below(4);
  for (let day = 0; day < days; day++) {
    database.work(3 + random.below(10));
    change(database, rman, random, isTidy);
    database.now += (8 + random.below(14)) * 3_600;
    const log = rman.run(planFor(random, { isTidy, isFirst: day === 0, favourite }));
    // It was sent before RMAN had come to its end. One without the name of its database is of none.
    const isCut = !isTidy && random.chance(0.06);
    pending.push(isCut ? log.slice(0, log.indexOf('using target') + random.below(log.length)) : log);
    if (random.chance(0.25)) {
      database.now += 3 * 3_600;
      database.work(random.below(6));
      pending.push(rman.run({ ...planFor(random, { isTidy, isFirst: false, favourite }), what: 'logs' }));
    }
    damage(rman, random, isTidy, points.at(-1)?.files);
    if (random.chance(0.2) && day < days - 1) continue;
    const files = new Map(rman.mount);
    // Logs come in the order in which they were made, or not.
    const logs = isTidy || random.chance(0.8) ? pending : [...pending].reverse();
    points.push({ files, logs, map: await nextMap(points.at(-1)?.map, entriesOf(files), logs) });
    pending = [];
  }
  return { database, points, isTidy };
}

function change(database: ToyDatabase, rman: ToyRman, random: Random, isTidy: boolean): void {
  if (random.chance(0.15)) database.createFile();
  // Datafile 1 is of the SYSTEM tablespace: nobody can drop it.
  const files = [...database.files.keys()].filter((file) => file !== 1);
  if (random.chance(0.08) && files.length > 1) database.dropFile(random.pick(files));
  if (random.chance(0.06) && database.threads.size === 1) database.enableThread();
  if (!isTidy && random.chance(0.1)) {
    database.archiveCurrent();
    const back = database.timeline.at(-1 - random.below(6))?.scn;
    if (back !== undefined) database.openResetlogs(back);
    rman.forgetParents();
    if (random.chance(0.5)) for (const log of database.archived) log.onDisk = false;
    database.work(4);
  }
}

interface Style {
  readonly isTidy: boolean;
  readonly isFirst: boolean;
  readonly favourite: RunPlan['what'];
}

function planFor(random: Random, { isTidy, isFirst, favourite }: Style): RunPlan {
  const base = favourite === 'merge' || favourite === 'full' ? favourite : 'level 0';
  const usual = isFirst ? base : random.chance(0.7) ? favourite : base;
  const tidy: RunPlan = {
    what: usual,
    proof: random.pick(['echo', 'schema']),
    plusArchivelog: true,
    deleteInput: random.chance(0.5),
    autobackup: true,
    isCold: false,
    hasTimes: true,
  };
  if (isTidy) return tidy;
  return {
    ...tidy,
    what: random.chance(0.1) ? 'some' : random.chance(0.25) ? random.pick(kinds) : usual,
    proof: random.pick(['echo', 'schema', 'schema', 'none']),
    plusArchivelog: random.chance(0.8),
    autobackup: random.chance(0.9),
    isCold: random.chance(0.1),
    hasTimes: random.chance(0.6),
    ...(random.chance(0.1) && { failsAfter: random.below(2) }),
  };
}

/** Files that somebody deletes, cuts or overwrites. */
function damage(rman: ToyRman, random: Random, isTidy: boolean, seen: ToyPoint['files'] | undefined): void {
  const share = isTidy ? 0.01 : 0.06;
  for (const path of [...rman.mount.keys()]) {
    if (!random.chance(share)) continue;
    // What was broken before any snapshot had it looks like what RMAN wrote.
    if (random.chance(0.7)) rman.mount.delete(path);
    else if (seen?.get(path) === rman.mount.get(path)) rman.mount.set(path, { kind: 'rubbish' });
  }
}

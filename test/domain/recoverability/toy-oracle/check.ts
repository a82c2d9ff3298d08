import { compareSources } from '../../../../shared/domain/file-map/source.ts';
import { contentKeyOf } from '../../../../shared/domain/recoverability/content-key.ts';
import { judgeDatabase } from '../../../../shared/domain/recoverability/judge-recoverability.ts';
import type { LostOfDatabase } from '../../../../shared/domain/recoverability/judgement-json.ts';
import { type Before, knownBefore, restoreLost } from '../../../../shared/domain/recoverability/lost.ts';
import { makeJudgement } from '../../../../shared/domain/recoverability/make-judgement.ts';
import type { Recoverability, RecoveryWindow } from '../../../../shared/domain/recoverability/verdict.ts';
import { nextMap } from '../../file-map/line.ts';
import { judgePoint } from '../session.ts';
import type { ToyDatabase } from './database.ts';
import { entriesOf, makeHistory, type ToyPoint } from './history.ts';
import { Random } from './random.ts';
import { canRestore, type Piece, type Target } from './restore.ts';

interface Tally {
  points: number;
  tidy: number;
  tidyUnknown: number;
  yes: number;
  no: number;
  unknown: number;
  timesTried: number;
  /** Of a `no`: the toy came through, for it did not need a log that lay inside of the backup. */
  conservative: number;
  readonly reasons: Map<string, number>;
}

export const newTally = (): Tally => ({
  points: 0,
  tidy: 0,
  tidyUnknown: 0,
  yes: 0,
  no: 0,
  unknown: 0,
  timesTried: 0,
  conservative: 0,
  reasons: new Map(),
});

const secondsOf = (local: string) => Date.parse(`${local}Z`) / 1000;

/** Judges every point of a history, and does what the verdict says. Throws with the seed where the toy disagrees. */
export async function checkHistory(seed: number, tally: Tally): Promise<void> {
  const { database, points, isTidy } = await makeHistory(seed);
  for (const [index, point] of points.entries()) {
    const [verdict] = judgePoint(point.map);
    if (verdict === undefined) continue;
    const where = `seed ${seed}, point ${index + 1}`;
    tally.points++;
    tally[verdict.recoverable]++;
    if (isTidy) tally.tidy++;
    if (isTidy && verdict.recoverable === 'unknown') tally.tidyUnknown++;
    if (verdict.recoverable === 'unknown') {
      for (const { code, effect } of verdict.reasons) {
        if (effect === 'unknown') tally.reasons.set(code, (tally.reasons.get(code) ?? 0) + 1);
      }
    }
    if (verdict.recoverable === 'yes') checkYes(database, point, verdict, where, tally);
    if (verdict.recoverable === 'no') checkNo(database, point, verdict, where, tally);
  }
}

function checkYes(
  database: ToyDatabase,
  { files }: ToyPoint,
  verdict: Recoverability,
  where: string,
  tally: Tally,
): void {
  if (verdict.windows.length === 0) throw new Error(`${where}: yes without a window`);
  for (const window of verdict.windows) {
    const only = window.files.map((path) => files.get(path) ?? ({ kind: 'rubbish' } as const));
    for (const target of targetsOf(window)) {
      tally.timesTried++;
      if (!canRestore(database, only, target)) {
        throw new Error(`${where}: yes, but not to ${JSON.stringify(target)} of ${JSON.stringify(window)}`);
      }
    }
  }
}

/** Both ends, times in between, and the end of the logs. */
function targetsOf({ from, to, through, isConsistent }: RecoveryWindow): Target[] {
  // A closed database has one state: any time after it stands for it.
  if (isConsistent) return [];
  const targets: Target[] = [{ through }];
  if (from === undefined || to === undefined || from > to) return targets;
  const [first, last] = [secondsOf(from), secondsOf(to)];
  for (const share of [0, 0.2, 0.5, 0.8, 1])
    targets.push({ time: Math.floor(first + (last - first) * share) });
  return targets;
}

/** Nowhere in time can the database be brought to with any of the files. */
function checkNo(
  database: ToyDatabase,
  point: ToyPoint,
  verdict: Recoverability,
  where: string,
  tally: Tally,
) {
  const files = [...point.files.values()];
  const timeline = database.timelines.get(database.incarnation) ?? [];
  const step = Math.max(1, Math.floor(timeline.length / 12));
  const times = timeline.filter((_, at) => at % step === 0).map(({ time }) => time + 1);
  const reached = times.find((time) => canRestore(database, files, { time }, { makesFiles: false }));
  if (reached === undefined) return;
  if (verdict.reasons.some(({ code }) => code === 'LOG_GAP')) tally.conservative++;
  else throw new Error(`${where}: no, but ${reached} can be reached: ${JSON.stringify(verdict)}`);
}

/**
 * Lets files of a point go missing, in two snapshots one after the other: with what the last one says that it lacks, it can be restored as
 * before. Answers how many restores were tried.
 */
export async function checkNeeds(seed: number): Promise<number> {
  const { database, points } = await makeHistory(seed);
  const random = new Random(seed);
  const holds = new Set<string>();
  let tried = 0;
  let lost: readonly LostOfDatabase[] = [];
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    const earlier = before && { map: before.map, lost };
    const window = windowOfNewest(point, earlier);
    const stored = makeJudgement(point.map, earlier);
    lost = stored.lost;
    for (const key of stored.holds) holds.add(key);
    if (window === undefined) continue;
    const after = await lose(await lose({ ...point, lost }, random), random);
    // A point that has nothing of a database needs nothing for it.
    if (after.judgement.databases.length === 0) continue;
    const keys = new Set<string>(after.judgement.databases[0]?.lacksFiles.map(({ key }) => key));
    const nowhere = [...keys].filter((key) => !holds.has(key));
    if (nowhere.length > 0) throw new Error(`seed ${seed}, point ${index + 1}: no point holds ${nowhere}`);
    const held = points.slice(0, index + 1).flatMap(({ files }) => [...files.values()]);
    const wanted = [...new Set(held)].filter((piece) => keys.has(keyOf(piece) ?? ''));
    for (const target of targetsOf(window)) {
      tried++;
      if (canRestore(database, [...after.files.values(), ...wanted], target)) continue;
      // The model takes the newest that fits by its own rules: what the verdict names may be all there and do. Of a file that changed
      // since, it names what it was.
      const left = new Set(after.files.values());
      const named = window.files.flatMap((path) => {
        const versions = points.slice(0, index + 1).flatMap(({ files }) => files.get(path) ?? []);
        return (
          versions.find((piece) => wanted.includes(piece)) ??
          versions.findLast((piece) => left.has(piece)) ??
          []
        );
      });
      if (named.length === window.files.length && canRestore(database, named, target)) continue;
      throw new Error(`seed ${seed}, point ${index + 1}: needs more than ${JSON.stringify([...keys])}`);
    }
  }
  return tried;
}

/** What the newest run that backed up datafiles could be brought to, were everything there that earlier points had. */
function windowOfNewest({ map }: ToyPoint, earlier: Before | undefined): RecoveryWindow | undefined {
  const [database] = map.databases;
  if (database === undefined) return undefined;
  const restored = restoreLost(database, knownBefore(database.dbid, earlier));
  const { windows } = judgeDatabase(map, restored.database);
  const runs = restored.database.history?.filter(({ steps }) =>
    steps.some(({ kind }) => kind === 'datafiles'),
  );
  const newest = runs?.at(-1)?.source;
  return windows.find(({ base }) => newest !== undefined && compareSources(base, newest) === 0);
}

const keyOf = (piece: Piece) => {
  const [entry] = entriesOf(new Map([['any', piece]]));
  return entry?.type === 'file' ? contentKeyOf(entry) : undefined;
};

interface LosingPoint extends ToyPoint {
  readonly lost: readonly LostOfDatabase[];
}

/** The next snapshot: a third of the files is gone, and no log says why. */
async function lose({ files, map, lost }: LosingPoint, random: Random) {
  const left = new Map([...files].filter(() => random.chance(0.67)));
  const next = await nextMap(map, entriesOf(left), []);
  const stored = makeJudgement(next, { map, lost });
  return { files: left, map: next, logs: [], lost: stored.lost, judgement: stored.judgement };
}

/** Removes each needed file in turn: whatever is promised then must do without it. Answers how many were removed. */
export async function checkRemovals(seed: number): Promise<number> {
  const { database, points } = await makeHistory(seed);
  let removed = 0;
  for (const [index, point] of points.entries()) {
    const [verdict] = judgePoint(point.map);
    const paths = new Set(verdict?.windows.flatMap((window) => window.files));
    for (const path of paths) {
      const files = new Map([...point.files].filter(([each]) => each !== path));
      const map = await nextMap(points[index - 1]?.map, entriesOf(files), point.logs);
      const [after] = judgePoint(map);
      const where = `seed ${seed}, point ${index + 1} without ${path}`;
      if (after?.recoverable === 'yes')
        checkYes(database, { ...point, files, map }, after, where, newTally());
      if (after?.recoverable === 'no') checkNo(database, { ...point, files, map }, after, where, newTally());
      removed++;
    }
  }
  return removed;
}

import type { FileMap } from '../../../shared/domain/file-map/file-map.ts';
import { toInstant } from '../../../shared/domain/instant.ts';
import type { Recoverability } from '../../../shared/domain/recoverability/verdict.ts';
import { chooseFiles } from '../../../shared/domain/restore-choice/choose-files.ts';
import type { DatabaseScope, RestoreChoice } from '../../../shared/domain/restore-choice/scope.ts';
import { judgePoint } from '../recoverability/session.ts';
import type { ToyDatabase } from '../recoverability/toy-oracle/database.ts';
import { makeHistory, type ToyPoint } from '../recoverability/toy-oracle/history.ts';
import {
  type BackedUpFile,
  canRestore,
  type Piece,
  type Target,
} from '../recoverability/toy-oracle/restore.ts';

export interface ChoiceTally {
  complete: number;
  incomplete: number;
  unknown: number;
  times: number;
  parts: number;
  /** Files that were left out in turn; and how many of these the model could do without. */
  leftOut: number;
  spare: number;
  /** Behind them came a cumulative backup whose log does not say that it was one. */
  unsaid: number;
}
export const newChoiceTally = (): ChoiceTally => ({
  ...{ complete: 0, incomplete: 0, unknown: 0, times: 0, parts: 0 },
  ...{ leftOut: 0, spare: 0, unsaid: 0 },
});

interface Trial {
  readonly database: ToyDatabase;
  readonly point: ToyPoint;
  readonly where: string;
  readonly tally: ChoiceTally;
}

const outcomeOf = { yes: 'complete', no: 'incomplete', unknown: 'unknown' } as const;

/** Chooses files of every point of a history, and restores the model database with these and no others. Throws with the seed. */
export async function checkChoices(seed: number, tally: ChoiceTally): Promise<void> {
  const { database, points } = await makeHistory(seed);
  for (const [index, point] of points.entries()) {
    const [verdict] = judgePoint(point.map);
    if (verdict === undefined) continue;
    const trial = { database, point, where: `seed ${seed}, point ${index + 1}`, tally };
    const choice = choose(point.map, { kind: 'database' });
    tally[choice.outcome]++;
    if (choice.outcome !== outcomeOf[verdict.recoverable]) {
      throw new Error(`${trial.where}: judged ${verdict.recoverable}, chosen ${choice.outcome}`);
    }
    if (choice.outcome === 'complete' && choice.through) {
      checkEnough(trial, choice, { through: choice.through });
      checkTimes(trial, verdict);
      checkDatafiles(trial);
    }
  }
}

function choose(map: FileMap, scope: DatabaseScope, seconds?: number): RestoreChoice {
  const target = seconds === undefined ? {} : { time: toInstant(seconds * 1000), offsetMinutes: 0 };
  const choice = chooseFiles(map, { scope, target });
  if (choice.outcome === 'refused') throw new Error(choice.text);
  return choice;
}

/** The chosen files alone are enough; each of them is tried to be left out. */
function checkEnough(
  { database, point, where, tally }: Trial,
  choice: RestoreChoice,
  target: Target,
  only?: readonly number[],
): void {
  // The model has no parameters, and would take the control file that lies beside them for one more.
  const needed = choice.files.filter(({ role }) => role !== 'spfile');
  const pieces = needed.map(({ path }) => point.files.get(path) ?? ({ kind: 'rubbish' } as const));
  const options = only === undefined ? {} : { only };
  if (!canRestore(database, pieces, target, options)) {
    throw new Error(`${where}: not to ${JSON.stringify(target)} with ${JSON.stringify(choice)}`);
  }
  for (const left of pieces) {
    tally.leftOut++;
    const others = pieces.filter((piece) => piece !== left);
    if (!canRestore(database, others, target, options)) continue;
    if (isCoveredByLater(left, others)) tally.unsaid++;
    else tally.spare++;
  }
}

function isCoveredByLater(left: Piece, others: readonly Piece[]): boolean {
  const itemsOf = (piece: Piece) => (piece.kind === 'datafiles' ? piece.items : []);
  const isCovered = (item: BackedUpFile) =>
    others
      .flatMap(itemsOf)
      .some(
        (other) =>
          other.file === item.file &&
          other.fromScn <= item.fromScn &&
          other.checkpointScn > item.checkpointScn,
      );
  return left.kind === 'datafiles' && left.items.every(isCovered);
}

const secondsOf = (local: string) => Date.parse(`${local}Z`) / 1000;

/** Both ends of each window and its middle. */
function checkTimes(trial: Trial, { windows }: Recoverability): void {
  for (const { from, to } of windows) {
    if (from === undefined || to === undefined || from > to) continue;
    const [first, last] = [secondsOf(from), secondsOf(to)];
    for (const time of [first, Math.floor((first + last) / 2), last]) {
      const choice = choose(trial.point.map, { kind: 'database' }, time);
      if (choice.outcome !== 'complete') throw new Error(`${trial.where}: ${time} is ${choice.outcome}`);
      trial.tally.times++;
      checkEnough(trial, choice, { time });
    }
  }
}

/** One datafile of the newest backup alone. */
function checkDatafiles(trial: Trial): void {
  const [database] = trial.point.map.databases;
  for (const datafile of database?.history?.findLast((run) => run.datafiles)?.datafiles ?? []) {
    const choice = choose(trial.point.map, { kind: 'datafile', datafile });
    if (choice.outcome !== 'complete' || choice.through === undefined) continue;
    const hasControlFile = choice.files.some(({ role }) => role === 'control-file');
    if (!hasControlFile) continue;
    trial.tally.parts++;
    checkEnough(trial, choice, { through: choice.through }, [datafile]);
  }
}

import type { CopyRecovery } from '../file-map/file-map.ts';
import type { RunRecord } from '../file-map/run-record.ts';
import { type BackupWork, type Evidence, pathsOf } from './evidence.ts';
import { compareRuns, compareWork, isOfRun, stepsOf } from './order.ts';

/** What a datafile is restored from: a full backup, level 0 or copy, and the incrementals that apply to it. */
export interface Chain {
  readonly file: number;
  /** The backup that the content is of: redo is needed from its beginning on. */
  readonly content: BackupWork;
  /** All that the content is made of; the redo has to go beyond the end of each. */
  readonly works: readonly BackupWork[];
  /** Those whose files are restored: what was merged into a copy is in the copy. */
  readonly restored: readonly BackupWork[];
  readonly files: readonly string[];
}

export type ChainOutcome =
  | { readonly outcome: 'chain'; readonly chain: Chain }
  /** `never`: no log shows a backup that it could begin with. */
  | {
      readonly outcome: 'none';
      readonly why: 'unusable' | 'unreadable' | 'elsewhere' | 'copy-unknown' | 'apart' | 'no-base' | 'never';
    };

/** The chain that brings a datafile furthest with what was there when `until` had ended. */
export function findChain(evidence: Evidence, file: number, until: RunRecord): ChainOutcome {
  const works = evidence.worksOf(file).filter((work) => compareRuns(work.run, until) <= 0);
  const bases = works.filter(({ step }) => (step.level ?? 0) === 0);
  const usable = bases.filter((base) => evidence.isUsable(base));
  const chains = usable.flatMap((base) => chainFrom(evidence, file, base, works, until) ?? []);
  const best = chains.sort((one, other) => compareWork(one.content, other.content)).at(-1);
  if (best !== undefined) return { outcome: 'chain', chain: best };
  if (usable.length > 0) return { outcome: 'none', why: 'copy-unknown' };
  if (bases.some(({ step }) => step.isApart)) return { outcome: 'none', why: 'apart' };
  if (bases.some((base) => evidence.isUnreadable(base))) return { outcome: 'none', why: 'unreadable' };
  if (bases.some((base) => evidence.isElsewhere(base))) return { outcome: 'none', why: 'elsewhere' };
  // Where RMAN knows no level 0 any longer, what it announces as level 1 holds every block.
  const isAnyWhole = works.some((work) => work.step.level === 1 && evidence.isUsable(work));
  if (isAnyWhole) return { outcome: 'none', why: 'no-base' };
  if (bases.length > 0) return { outcome: 'none', why: 'unusable' };
  return { outcome: 'none', why: works.length > 0 ? 'no-base' : 'never' };
}

function chainFrom(
  evidence: Evidence,
  file: number,
  base: BackupWork,
  works: readonly BackupWork[],
  until: RunRecord,
): Chain | undefined {
  const { isCopy, level } = base.step;
  if (isCopy) {
    const copy = evidence.copyOf(base);
    const content = copy === undefined ? undefined : contentOfCopy(evidence, file, base, until);
    if (content === undefined || copy?.path === undefined) return undefined;
    return extend(evidence, works, {
      ...{ file, content, works: [content] },
      restored: [base],
      files: [copy.path],
    });
  }
  const set = evidence.setOf(base);
  if (set === undefined) return undefined;
  const chain = { file, content: base, works: [base], restored: [base], files: pathsOf(set) };
  // A full backup is no parent: the incrementals behind it go back to an earlier level 0.
  return level === 0 ? extend(evidence, works, chain) : chain;
}

/** The incremental that was merged into a copy last; the copy itself as long as nothing was. */
function contentOfCopy(
  evidence: Evidence,
  file: number,
  base: BackupWork,
  until: RunRecord,
): BackupWork | undefined {
  // A roll-forward that stands before the copy, and came after it, would have changed it unseen.
  const isUncertain = evidence.runs.some(
    (run) => stepsOf(run, 'roll-forward').length > 0 && !evidence.isOrderCertain(run, base.run),
  );
  if (isUncertain) return undefined;
  const recoveries = evidence.copyOf(base)?.recoveries ?? [];
  const last = recoveries.at(-1);
  if (last === undefined) return base;
  const runOf = ({ source }: CopyRecovery) => evidence.runs.find((each) => isOfRun(source, each));
  const run = runOf(last);
  // The last by the order of the logs is the last that was done only where that order is certain.
  const isLast = recoveries.every((each) => {
    const other = runOf(each);
    return run !== undefined && other !== undefined && evidence.isOrderCertain(other, run);
  });
  if (!isLast) return undefined;
  const at = last.source.line;
  const step =
    run && stepsOf(run, 'roll-forward').find(({ line, endLine = at }) => line <= at && at <= endLine);
  if (run === undefined || step === undefined || compareRuns(run, until) > 0) return undefined;
  const before = { run, line: step.line, endLine: step.line };
  // Only what RMAN says that it read was merged: UNTIL TIME may leave the newest out.
  return evidence
    .worksOf(file)
    .findLast(
      (work) =>
        (work.step.level ?? 0) > 0 &&
        compareWork(work, before) < 0 &&
        (work.step.pieces ?? []).some((handle) => step.pieces.includes(handle)),
    );
}

/**
 * Adds the incrementals of level 1 that apply. A differential goes back to the newest level 1 or 0, a cumulative to the newest level 0:
 * where one is missing, only a cumulative bridges it, and another level 0 is what all behind it go back to. One that may have been made
 * in between, and stands elsewhere for the order of the logs, would be that too. So would a copy that was rolled forward: as new as what
 * was merged into it, it is what a cumulative behind it may go back to.
 */
function extend(evidence: Evidence, works: readonly BackupWork[], from: Chain): Chain {
  if (!evidence.isAmongOrdered(from.file, from.content.run)) return from;
  const rolled = evidence.rollForwards.find((at) => compareWork(at, from.content) > 0);
  let chain = from;
  let isBroken = false;
  for (const work of works.filter((each) => compareWork(each, from.content) > 0)) {
    const { level, incremental } = work.step;
    const { run } = from.content;
    if (level === 0 || evidence.hasUnreadableBetween(run, work.run)) return chain;
    if (evidence.hasUncertainBetween(from.file, from.content, work)) return chain;
    if (!evidence.isSameIncarnation(run, work.run)) return chain;
    if (!evidence.isAmongOrdered(from.file, work.run)) return chain;
    if (level !== 1) continue;
    const set = evidence.setOf(work);
    const isOfBase = incremental === 'cumulative' && (rolled === undefined || compareWork(work, rolled) < 0);
    if (set === undefined || !evidence.isUsable(work)) isBroken = true;
    else if (!isBroken || isOfBase) {
      isBroken = false;
      // A cumulative has all that the incrementals before it have.
      const before = isOfBase ? from.files : chain.files;
      const files = [...before, ...pathsOf(set)];
      const restored = [...chain.restored, work];
      chain = { ...chain, content: work, works: [...chain.works, work], restored, files };
    }
  }
  return chain;
}

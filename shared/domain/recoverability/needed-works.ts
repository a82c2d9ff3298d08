import type { RunRecord } from '../file-map/run-record.ts';
import { findChain } from './chain.ts';
import type { BackupWork, Evidence } from './evidence.ts';
import { compareRuns, compareWork } from './order.ts';

export interface NeededWorks {
  readonly works: readonly BackupWork[];
  readonly content?: BackupWork;
  /** Something here goes back to a backup whose files nobody can name. */
  readonly isBaseUnknown: boolean;
}

/** The chain that is proven, and whatever may belong to it: what lies behind its end or, without one, behind the newest base. */
export function neededWorks(
  evidence: Evidence,
  file: number,
  until: RunRecord,
  isHere: (work: BackupWork) => boolean,
): NeededWorks {
  const all = evidence.worksOf(file).filter((work) => compareRuns(work.run, until) <= 0);
  // What RMAN could not read once may be read again.
  const usable = all.filter((work) => evidence.isUsable(work) || evidence.isUnreadable(work));
  const found = findChain(evidence, file, until);
  if (found.outcome === 'chain') {
    const { restored, content } = found.chain;
    const behind = all.filter((work) => compareWork(work, content) > 0);
    const gap = behind.find((work) => !isNamed(evidence, work));
    const isBaseUnknown =
      gap !== undefined && behind.some((work) => compareWork(work, gap) > 0 && isHere(work));
    const open = usable.filter((work) => compareWork(work, content) > 0);
    return { works: [...restored, ...open], isBaseUnknown, content };
  }
  const bases = all.filter((work) => !isIncremental(work));
  const base = usable.findLast((work) => !isIncremental(work));
  const works = usable.filter((work) => base === undefined || compareWork(work, base) >= 0);
  const content = works.at(-1);
  const isNameless =
    bases.length === 0
      ? !isAddedSince(evidence, file, all[0])
      : bases.some((work) => !isNamed(evidence, work));
  const isBaseUnknown = base === undefined && isNameless && all.some(isHere);
  return { works, isBaseUnknown, ...(content && { content }) };
}

/** A run from before its first backup proves that there was no such datafile: what RMAN calls a level 1 then has every block. */
const isAddedSince = ({ runs }: Evidence, file: number, first: BackupWork | undefined): boolean =>
  first !== undefined &&
  runs.some(
    ({ datafiles, ...run }) =>
      datafiles !== undefined && !datafiles.includes(file) && compareRuns(run, first.run) < 0,
  );

/** The map still has its entry, or it is remembered. Of others only the run is known. */
const isNamed = (evidence: Evidence, work: BackupWork): boolean =>
  (work.step.isCopy ? evidence.copyOf(work) : evidence.setOf(work)) !== undefined;

export const isIncremental = ({ step }: BackupWork): boolean => (step.level ?? 0) > 0;

import type { RunRecord } from '../file-map/run-record.ts';
import type { Evidence } from './evidence.ts';
import { compareRuns, stepsOf } from './order.ts';

/** A pluggable database has SYSTEM and SYSAUX at least. */
const fewestOfContainer = 2;

/**
 * The first run behind which the database may have got a pluggable database, or tablespaces with their datafiles. Their content is in no
 * redo: recovery leaves them out (RMAN-05170). A single datafile that is added begins empty, and is made anew from the redo.
 * @param run whose datafiles are restored
 */
export function firstPluggedIn({ runs }: Evidence, run: RunRecord): RunRecord | undefined {
  if (run.datafiles === undefined) return undefined;
  let last = run;
  let had = new Set(run.datafiles);
  for (const later of runs.filter((each) => compareRuns(each, run) > 0)) {
    const files = later.datafiles ?? stepsOf(later, 'datafiles').flatMap((step) => step.files);
    const added = new Set(files.filter((file) => !had.has(file)));
    if (added.size >= fewestOfContainer) return runs.find((each) => compareRuns(each, last) > 0);
    if (later.datafiles === undefined) continue;
    last = later;
    if (added.size > 0 || later.datafiles.length !== had.size) had = new Set(later.datafiles);
  }
  return undefined;
}

import type { RunRecord } from '../file-map/run-record.ts';
import type { Evidence } from '../recoverability/evidence.ts';
import { stepsOf } from '../recoverability/order.ts';

/** As many as the judgement of a point looks at. */
const maxRuns = 100;

/** The newest runs that say something of these datafiles, or of any. */
export const candidateRuns = ({ runs }: Evidence, numbers: readonly number[] | undefined): RunRecord[] =>
  runs.filter((run) => mayKnow(run, numbers)).slice(-maxRuns);

function mayKnow(run: RunRecord, numbers: readonly number[] | undefined): boolean {
  const backups = stepsOf(run, 'datafiles');
  if (numbers === undefined) return run.datafiles !== undefined || backups.length > 0;
  const known = run.datafiles ?? backups.flatMap(({ files }) => files);
  return numbers.every((number) => known.includes(number));
}

import type { RunRecord, RunStep } from '../file-map/run-record.ts';
import type { Source } from '../file-map/source.ts';

/** A part of a run: from the line in which it began to that in which it ended. */
export interface Work {
  readonly run: RunRecord;
  readonly line: number;
  readonly endLine: number;
}

/** Runs in the order of the mount's line. Of two logs of one point nothing says which run was first. */
export const compareRuns = (one: RunRecord, other: RunRecord): number =>
  one.source.seq - other.source.seq ||
  one.source.logNumber - other.source.logNumber ||
  (one.source.run ?? 0) - (other.source.run ?? 0);

export const compareWork = (one: Work, other: Work): number =>
  compareRuns(one.run, other.run) || one.line - other.line;

export const isOfRun = (source: Source, { source: run }: RunRecord): boolean =>
  source.uploadId === run.uploadId && source.logNumber === run.logNumber && source.run === run.run;

export type StepOf<Kind extends RunStep['kind']> = Extract<RunStep, { kind: Kind }>;

export const stepsOf = <Kind extends RunStep['kind']>({ steps }: RunRecord, kind: Kind): StepOf<Kind>[] =>
  steps.filter((step): step is StepOf<Kind> => step.kind === kind);

/** Works something out once for each pair of runs: it is asked for by every datafile. */
export function oncePerPair(
  judge: (one: RunRecord, other: RunRecord) => boolean,
): (one: RunRecord, other: RunRecord) => boolean {
  const known = new Map<RunRecord, Map<RunRecord, boolean>>();
  return (one, other) => {
    const ofOne = known.get(one) ?? new Map<RunRecord, boolean>();
    known.set(one, ofOne);
    const answer = ofOne.get(other) ?? judge(one, other);
    ofOne.set(other, answer);
    return answer;
  };
}

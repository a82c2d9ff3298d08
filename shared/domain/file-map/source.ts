import type { UploadId } from '../ids.ts';

/** Where an entry stands. Ordered by (seq, logNumber, line): point after point, log after log, line after line. */
export interface Source {
  /** The upload under whose prefix the log lies. */
  readonly uploadId: UploadId;
  readonly seq: number;
  readonly logNumber: number;
  readonly line: number;
  /** Place in the log of the RMAN run and of the command that wrote it, from 0; absent where it stands outside of any. */
  readonly run?: number;
  readonly command?: number;
  /** Line of its completion, for the order in which things ended; `line` where there is no other. */
  readonly completedLine: number;
}

/** A date as RMAN printed it. `local` is what it means by the clock of the database's host, where that is certain: no zone is known. */
export interface LoggedTime {
  readonly text: string;
  /** `YYYY-MM-DDTHH:MM:SS` */
  readonly local?: string;
}

/** Order of RMAN's work, for lists of anything that has a source. */
export const compareSources = (one: Source, other: Source): number =>
  one.seq - other.seq || one.logNumber - other.logNumber || one.line - other.line;

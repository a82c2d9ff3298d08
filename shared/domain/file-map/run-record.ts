import type { LoggedTime, Source } from './source.ts';

/**
 * What one run of RMAN did, whether or not its files are still there: what can be restored from the files of a point depends on it.
 * A run without anything of this has no record.
 */
export interface RunRecord {
  /** Of the run's first line. */
  readonly source: Source;
  /** Several instances have the database open: there is more than one thread of redo. */
  readonly isCluster?: true;
  /** The numbers of all datafiles that the database had then, where the log proves that these are all. */
  readonly datafiles?: readonly number[];
  /** In the order of their lines. */
  readonly steps: readonly RunStep[];
}

export type RunStep = { readonly line: number } & (
  | LogSwitch
  | DatafileBackup
  /** RECOVER COPY, and the incremental pieces that it read. */
  | { readonly kind: 'roll-forward'; readonly endLine?: number; readonly pieces: readonly string[] }
  /** Also where RECOVER TABLESPACE brought some datafiles back. */
  | { readonly kind: 'open-resetlogs' }
  /** Lines of a backup are missing, or the end of the run: it may have backed up datafiles that the log does not show. */
  | { readonly kind: 'uncertain'; readonly isEnd?: true }
  | { readonly kind: 'validation'; readonly failed: readonly number[]; readonly passed: readonly number[] }
  /** What was written to these since their last backup is in no redo. */
  | { readonly kind: 'unlogged'; readonly files: readonly number[] }
  /** RMAN could not read a piece that the text names. */
  | { readonly kind: 'piece-failed'; readonly text: string }
  | { readonly kind: 'noarchivelog' }
  /** The database was shut down in order and mounted: until it is opened nothing changes in it. */
  | { readonly kind: 'closed-in-order' }
  | { readonly kind: 'opened' }
  /** The database is mounted only: nothing makes a checkpoint when its datafiles are backed up. */
  | { readonly kind: 'not-open' }
  /** The database is a standby: its datafiles are as old as the redo that it has applied. */
  | { readonly kind: 'standby' }
  /** RMAN was told of encryption: SET ENCRYPTION looks the same in a log whether it turns it on or off. */
  | { readonly kind: 'encrypted' }
);

/** RMAN had all threads begin a new log, and then backed up what was archived. */
export interface LogSwitch {
  readonly kind: 'log-switch';
  /** Last line of the command. */
  readonly endLine: number;
  /** The newest log of each thread: all redo of before the switch is in these and in those of before. */
  readonly ended: readonly ArchivedLogRecord[];
  /** The switch was not before this, by the clock of the database's host. */
  readonly notBefore?: string;
}

export interface ArchivedLogRecord {
  readonly thread: number;
  readonly sequence: number;
  readonly recid: number;
  readonly stamp: number;
}

/** Datafiles that one command backed up. */
export interface DatafileBackup {
  readonly kind: 'datafiles';
  readonly endLine: number;
  readonly files: readonly number[];
  /** Of incrementals; a copy is a level 0 to those that follow. */
  readonly level?: number;
  readonly isCopy?: true;
  /** It has not all blocks of its datafiles, is of older copies or for another platform: nothing is restored from it. */
  readonly isApart?: true;
  readonly incremental?: 'differential' | 'cumulative';
  /** Of a set: to find it again when a roll-forward has read it. */
  readonly pieces?: readonly string[];
  readonly startedAt?: LoggedTime;
  readonly finishedAt?: LoggedTime;
}

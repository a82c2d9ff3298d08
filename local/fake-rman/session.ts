import type { Database } from './database.ts';
import { formatOracleDate } from './oracle-date.ts';
import type { Instance } from './restore/instance.ts';
import type { Until } from './restore/restore-commands.ts';
import type { Settings } from './settings.ts';

/** The time of a session: real, or starting at a given instant and moved by the work that is done. */
export interface SessionClock {
  now(): Date;
  /** Moves a given time on; the real one passes by itself. */
  moveTo(instant: Date): void;
}

export const startClock = (fixedStart: string | undefined): SessionClock => {
  if (fixedStart === undefined) return { now: () => new Date(), moveTo: () => undefined };
  let current = new Date(fixedStart);
  return {
    now: () => current,
    moveTo: (instant) => {
      current = instant;
    },
  };
};

/** What the commands of one run of RMAN share. */
export interface Session {
  /** Of a mounted or open instance; reading it otherwise throws RMAN's messages. */
  readonly database: Database;
  readonly instance: Instance;
  readonly settings: Settings;
  readonly clock: SessionClock;
  /** Writes lines to the log. */
  say(...lines: readonly string[]): void;
  /** Channels that are allocated, in order. */
  readonly channels: string[];
  autobackupFormat: string;
  /** A backup was made since the last autobackup. */
  needsAutobackup: boolean;
  /** SET DBID. */
  dbid: number | undefined;
  /** SET UNTIL and SET NEWNAME, which hold until the end of their run block. */
  until: Until | undefined;
  readonly newNames: Map<number, string>;
}

/** The time now, as the log's ordinary lines have it. */
export const dateForLog = ({ clock, settings }: Session): string =>
  formatOracleDate(clock.now(), settings.NLS_DATE_FORMAT);

/** The time in failure lines, which does not follow NLS_DATE_FORMAT. */
export const dateForFailure = ({ clock }: Session): string =>
  formatOracleDate(clock.now(), 'MM/DD/YYYY HH24:MI:SS');

/** The tag that RMAN makes when none is given. */
export const defaultTag = ({ clock }: Session): string => {
  const now = clock.now();
  return `TAG${formatOracleDate(now, 'YYYYMMDD')}T${formatOracleDate(now, 'HH24MISS')}`;
};

/** Seconds that the stand-in books for writing so much: a plausible disk. */
export const secondsToWrite = (mib: number): number => Math.max(1, Math.ceil(mib / 8));

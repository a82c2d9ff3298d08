import type { Session } from '../session.ts';
import { currentDay, scnAtEndOf, scnsOfLog } from '../workload.ts';
import { logsKnown } from './repository.ts';

/** Where a recovery ends: with an SCN, where one is known, and in any case before a log. */
export interface RecoveryEnd {
  readonly lastScn?: number;
  readonly before?: { readonly thread: number; readonly sequence: number };
}

const hoursOfLog = 12;

/** What SET UNTIL says. Without it recovery goes on to now, or to the last redo that there is. */
export const endOfRecovery = (session: Session): RecoveryEnd => {
  const { until, database, instance } = session;
  switch (until?.by) {
    case undefined:
      return instance.isControlFileRestored ? {} : { lastScn: scnAtEndOf(currentDay(database)) };
    case 'scn':
      return { lastScn: until.scn - 1 };
    case 'sequence': {
      const { thread, sequence } = until;
      const log = logsInOrder(session).find(
        (each) => each.thread === thread && each.sequence === sequence - 1,
      );
      return { before: { thread, sequence }, ...(log && { lastScn: scnsOfLog(log).nextScn - 1 }) };
    }
    case 'time':
      return endAtTime(session, until.local);
  }
};

/** Within a log its SCNs pass evenly. */
const endAtTime = (session: Session, local: string): RecoveryEnd => {
  const time = Date.parse(`${local}Z`);
  const log = logsInOrder(session).find(({ stamp }) => time <= timeOfStamp(stamp));
  if (log === undefined) return {};
  const { firstScn, nextScn } = scnsOfLog(log);
  const span = hoursOfLog * 3_600_000;
  const share = Math.max(0, 1 - (timeOfStamp(log.stamp) - time) / span);
  return { lastScn: firstScn - 1 + Math.floor(share * (nextScn - firstScn)) };
};

/** Those of the control file, and those of the pieces that it does not know. */
const logsInOrder = (session: Session) => {
  const own = session.database.archivedLogs;
  const known = new Set(own.map(({ recid }) => recid));
  const others = [...logsKnown(session).values()]
    .map(({ entry }) => entry)
    .filter(({ recid }) => !known.has(recid));
  return [...own, ...others].sort((one, other) => one.recid - other.recid);
};

/** The inverse of `stampOf`: the host's clock, read as if it were UTC. */
const timeOfStamp = (stamp: number): number => {
  const days = Math.floor(stamp / 86_400);
  const months = Math.floor(days / 31);
  return Date.UTC(1988 + Math.floor(months / 12), months % 12, (days % 31) + 1) + (stamp % 86_400) * 1000;
};

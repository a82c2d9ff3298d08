import type { ByThread, LogRecord } from './archived-logs.ts';

/** A record of the control file, whatever its number says. */
export const recordKey = ({ recid, stamp }: { readonly recid: number; readonly stamp: number }): string =>
  `${recid} ${stamp}`;

/** The logs of one thread without a gap, and why they end. */
export interface LogRun {
  readonly thread: number;
  readonly logs: readonly LogRecord[];
  /** `recordKey` of each. */
  readonly keys: ReadonlySet<string>;
  /** `unclear`: the next one has more than one record, or may be of another incarnation. */
  readonly ends: 'missing' | 'elsewhere' | 'unreadable' | 'unclear';
  readonly next: number;
}

/** The records of a point, for following threads. */
export class LogIndex {
  readonly #byNumber: ReadonlyMap<string, readonly LogRecord[]>;
  readonly #recids: readonly number[];

  constructor(records: readonly LogRecord[]) {
    this.#byNumber = Map.groupBy(records, ({ thread, sequence }) => `${thread} ${sequence}`);
    this.#recids = [...new Set(records.map(({ recid }) => recid))].sort((one, other) => one - other);
  }

  /** Follows a thread from behind a log as far as the usable records go. */
  follow(thread: number, behind: NonNullable<ReturnType<ByThread['get']>>): LogRun {
    const logs: LogRecord[] = [];
    const keys = new Set<string>();
    let before = behind;
    for (let next = behind.sequence + 1; ; next++) {
      const numbered = this.#byNumber.get(`${thread} ${next}`) ?? [];
      const found = numbered.filter(({ stamp }) => stamp >= behind.stamp);
      const log = found.find(({ state }) => state === 'usable');
      if (log === undefined) return { thread, logs, keys, ends: whyNone(found), next };
      const isOne = found.every(({ recid, stamp }) => recid === log.recid && stamp === log.stamp);
      if (!isOne || !this.#isNext(before, log)) return { thread, logs, keys, ends: 'unclear', next };
      logs.push(log);
      keys.add(recordKey(log));
      before = log;
    }
  }

  /**
   * Whether a log certainly follows another in the same incarnation. After OPEN RESETLOGS the sequence begins anew at 1: to come to
   * this number again, as many logs as it says must have been archived in between, and each of them took a RECID.
   */
  #isNext(
    before: Pick<LogRecord, 'recid' | 'stamp'>,
    { recid, stamp, sequence }: Pick<LogRecord, 'recid' | 'stamp' | 'sequence'>,
  ): boolean {
    if (stamp < before.stamp || recid <= before.recid) return false;
    const known = this.#countUpTo(recid - 1) - this.#countUpTo(before.recid);
    return recid - before.recid - known < sequence;
  }

  /** How many records are known up to a RECID. */
  #countUpTo(recid: number): number {
    let low = 0;
    let high = this.#recids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#recids[middle] ?? 0) <= recid) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function whyNone(found: readonly LogRecord[]): 'missing' | 'elsewhere' | 'unreadable' {
  if (found.some(({ state }) => state === 'unreadable')) return 'unreadable';
  return found.some(({ state }) => state === 'elsewhere') ? 'elsewhere' : 'missing';
}

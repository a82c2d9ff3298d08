import type { ByThread, LogRecord } from '../recoverability/archived-logs.ts';
import { recordKey } from '../recoverability/log-run.ts';
import type { AppliedLogs } from '../recoverability/redo.ts';

/** The last log of each thread that is needed for a time of the database host's clock; without one, all there are. */
export function lastNeeded({ runs, closed, switches }: AppliedLogs, local: string | undefined): ByThread {
  const all = new Map(
    runs.flatMap(({ thread, logs }) => logs.slice(-1).map((log) => [thread, log] as const)),
  );
  const ends =
    local === undefined
      ? undefined
      : [...switches]
          .sort((one, other) => compareTexts(one.notBefore ?? '', other.notBefore ?? ''))
          .find(({ notBefore }) => notBefore !== undefined && notBefore >= local);
  if (ends === undefined) return all;
  return new Map(
    [...all].map(([thread, log]) => {
      const cut = ends.ended.find((each) => each.thread === thread);
      const [one, other] = [cut ?? log, closed.get(thread) ?? log];
      return [thread, one.sequence > other.sequence ? one : other];
    }),
  );
}

const compareTexts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/**
 * Files that hold all needed logs, none of which can be left out: the same log is often in several. Of what others hold as well the
 * largest goes first.
 */
export function coverLogs(
  { runs }: AppliedLogs,
  last: ByThread,
  records: readonly LogRecord[],
  sizeOf: (path: string) => number,
): string[] {
  const needed = new Set(
    runs.flatMap(({ thread, logs }) =>
      logs.filter(({ sequence }) => sequence <= (last.get(thread)?.sequence ?? 0)).map(recordKey),
    ),
  );
  const usable = records.filter((record) => record.state === 'usable' && needed.has(recordKey(record)));
  const holders = [...Map.groupBy(usable, ({ files }) => files.join('\0')).values()].map((held) => ({
    files: held[0]?.files ?? [],
    keys: new Set(held.map(recordKey)),
  }));
  const copies = new Map<string, number>();
  for (const { keys } of holders) for (const key of keys) copies.set(key, (copies.get(key) ?? 0) + 1);
  const bytesOf = ({ files }: (typeof holders)[number]) => files.reduce((sum, path) => sum + sizeOf(path), 0);
  const kept: string[] = [];
  for (const { files, keys } of holders.sort((one, other) => bytesOf(other) - bytesOf(one))) {
    const isSpare = [...keys].every((key) => (copies.get(key) ?? 0) > 1);
    if (isSpare) for (const key of keys) copies.set(key, (copies.get(key) ?? 0) - 1);
    else kept.push(...files);
  }
  return [...new Set(kept)];
}

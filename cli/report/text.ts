import { forTerminal, inBytes } from '../service/print-rows.ts';
import type { DatabaseReport, ReportFormat, ReportRow } from './format.ts';

/** Four lines a database as DBAs know them, then what it takes, how far back it goes and what failed. Times are UTC. */
export const textFormat: ReportFormat = {
  begin: '',
  between: '\n',
  end: '',
  none: 'there is no database yet\n',
  write: (row) =>
    linesOf(row)
      .map((line) => `${forTerminal(line)}\n`)
      .join(''),
};

function linesOf(row: ReportRow): string[] {
  const { databaseId, name } = row;
  const title = `--- DATABASE: ${name}${name === databaseId ? '' : ` (${databaseId})`} ---`;
  if ('error' in row) return [title, row.error];
  return [
    title,
    `Backup job: ${jobText(row.backupJob)}`,
    `Archivelog job: ${jobText(row.archivedLogJob)}`,
    `Snapshots: ${pointsText(row.points)}`,
    restoresText(row.restores),
    `Sizes: ${sizesText(row.sizes)}`,
    `Recovery window: ${windowText(row.recoveryWindow)}`,
    `Failures since ${timeText(row.failures.since)}: backups ${row.failures.backups}, restores ${row.failures.restores}`,
  ];
}

type Past<T> = T | 'none' | 'unknown';

/** `2026-01-31 22:04:11 UTC`; none and unknown stay what they are. */
const timeText = (at: string): string =>
  at === 'none' || at === 'unknown' ? at : `${at.slice(0, 19).replace('T', ' ')} UTC`;

const failureText = (failure: Past<{ readonly at: string; readonly reason: string }>): string =>
  typeof failure === 'string' ? failure : `${timeText(failure.at)} (${failure.reason})`;

const jobText = ({ state, lastAt, durationSeconds, lastFailure }: DatabaseReport['backupJob']): string =>
  `${state}, last ${timeText(lastAt)}, duration ${durationText(durationSeconds)}, last failure ${failureText(lastFailure)}`;

/** `1:02:03` */
function durationText(seconds: Past<number>): string {
  if (typeof seconds === 'string') return seconds;
  const twoDigits = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${Math.floor(seconds / 3600)}:${twoDigits((seconds % 3600) / 60)}:${twoDigits(seconds % 60)}`;
}

function pointsText({
  available,
  pendingDeletion,
  recoverable,
  latestAt,
  oldestAt,
}: DatabaseReport['points']) {
  const pending = pendingDeletion === 0 ? '' : `; ${pendingDeletion} wait for their deletion`;
  if (available === 0) return `none${pending}`;
  const { yes, no, unknown } = recoverable;
  const judged = `recoverable: yes ${yes}, no ${no}, unknown ${unknown}`;
  return `${available}, latest ${timeText(latestAt)}, oldest ${timeText(oldestAt)} (${judged})${pending}`;
}

const restoresText = (restores: DatabaseReport['restores']): string =>
  [
    `Last successful restore: ${timeText(restores.lastSuccessAt)}`,
    `last restore failure: ${failureText(restores.lastFailure)}`,
    `last successful validation: ${timeText(restores.lastValidationAt)}`,
    `average difference from target (s): ${restores.averageDifferenceSeconds}`,
    `average restore time (min): ${restores.averageMinutes}`,
  ].join(', ');

function sizesText({ sharedWith, ...sizes }: DatabaseReport['sizes']): string {
  const bytes = (value: number | 'unknown') => (value === 'unknown' ? value : inBytes(value));
  const { costUsdPerMonth: cost } = sizes;
  const shared = sharedWith.length === 0 ? '' : `, together with ${sharedWith.join(', ')}`;
  return [
    `logical ${bytes(sizes.logicalBytes)}`,
    `stored ${bytes(sizes.storedBytes)}`,
    `change per day ${bytes(sizes.changeBytesPerDay)}`,
    `cost per month ${cost === 'unknown' ? cost : `${cost.toFixed(2)} USD`}${shared}`,
  ].join(', ');
}

/** How far the newest point reaches is in the time of the database's host. */
function windowText(window: DatabaseReport['recoveryWindow']): string {
  if (typeof window === 'string') return window;
  const { oldest, newest } = window;
  const logs = newest.through.map(({ thread, sequence }) => `thread ${thread} to log ${sequence}`);
  const span =
    newest.from !== undefined && newest.to !== undefined ? [`${newest.from} to ${newest.to} host time`] : [];
  const reach = [...span, ...logs].join(', ');
  return `points of ${timeText(oldest.takenAt)} to ${timeText(newest.takenAt)}${reach === '' ? '' : `; the newest: ${reach}`}`;
}

import { forTerminal } from '../service/print-rows.ts';
import type { DatabaseReport, ReportFormat, ReportRow } from './format.ts';

type Cell = string | number;
type Columns = readonly (readonly [title: string, cellOf: (report: DatabaseReport) => Cell])[];

type Jobs = 'backupJob' | 'archivedLogJob';
const jobColumns = (title: string, name: Jobs): Columns => [
  [`${title}_state`, (report) => report[name].state],
  [`${title}_last`, (report) => report[name].lastAt],
  [`${title}_duration_seconds`, (report) => report[name].durationSeconds],
  [`${title}_last_failure`, (report) => timeOf(report[name].lastFailure)],
  [`${title}_last_failure_reason`, (report) => reasonOf(report[name].lastFailure)],
];

type Failure = DatabaseReport['backupJob']['lastFailure'];
const timeOf = (failure: Failure): string => (typeof failure === 'string' ? failure : failure.at);
const reasonOf = (failure: Failure): string => (typeof failure === 'string' ? '' : failure.reason);

type Window = Exclude<DatabaseReport['recoveryWindow'], string>;
const windowColumn =
  (of: (window: Window) => Cell) =>
  ({ recoveryWindow }: DatabaseReport): Cell =>
    typeof recoveryWindow === 'string' ? recoveryWindow : of(recoveryWindow);

const columns: Columns = [
  ['mounts', ({ mountIds }) => mountIds.join(' ')],
  ...jobColumns('backup_job', 'backupJob'),
  ...jobColumns('archivelog_job', 'archivedLogJob'),
  ['points', ({ points }) => points.available],
  ['points_pending_deletion', ({ points }) => points.pendingDeletion],
  ['points_recoverable', ({ points }) => points.recoverable.yes],
  ['points_not_recoverable', ({ points }) => points.recoverable.no],
  ['points_unknown', ({ points }) => points.recoverable.unknown],
  ['latest_point', ({ points }) => points.latestAt],
  ['oldest_point', ({ points }) => points.oldestAt],
  ['last_restore', ({ restores }) => restores.lastSuccessAt],
  ['last_restore_failure', ({ restores }) => timeOf(restores.lastFailure)],
  ['last_restore_failure_reason', ({ restores }) => reasonOf(restores.lastFailure)],
  ['last_validation', ({ restores }) => restores.lastValidationAt],
  ['average_difference_seconds', ({ restores }) => restores.averageDifferenceSeconds],
  ['average_restore_minutes', ({ restores }) => restores.averageMinutes],
  ['logical_bytes', ({ sizes }) => sizes.logicalBytes],
  ['stored_bytes', ({ sizes }) => sizes.storedBytes],
  ['change_bytes_per_day', ({ sizes }) => sizes.changeBytesPerDay],
  ['cost_usd_per_month', ({ sizes }) => sizes.costUsdPerMonth],
  ['shared_with', ({ sizes }) => sizes.sharedWith.join(' ')],
  ['oldest_recoverable_point', windowColumn(({ oldest }) => oldest.takenAt)],
  ['newest_recoverable_point', windowColumn(({ newest }) => newest.takenAt)],
  ['newest_reaches_host_time', windowColumn(({ newest }) => newest.to ?? 'unknown')],
  ['failures_since', ({ failures }) => failures.since],
  ['failed_backups', ({ failures }) => failures.backups],
  ['failed_restores', ({ failures }) => failures.restores],
];
const titles = ['database_id', 'name', 'error', ...columns.map(([title]) => title)];

/** RFC 4180: a title line, lines that end in CRLF, and quotes where a cell needs them. Cells of a failed report are empty. */
export const csvFormat: ReportFormat = {
  begin: lineOf(titles),
  between: '',
  end: '',
  none: lineOf(titles),
  write: (row) => lineOf([row.databaseId, row.name, ...cellsOf(row)]),
};

function cellsOf(row: ReportRow): Cell[] {
  if ('error' in row) return [row.error, ...columns.map(() => '')];
  return ['', ...columns.map(([, cellOf]) => cellOf(row))];
}

function lineOf(cells: readonly Cell[]): string {
  return `${cells.map((cell) => quoted(forTerminal(String(cell)))).join(',')}\r\n`;
}

function quoted(text: string): string {
  return /[",]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

import type { CallAnswer } from '../../shared/contracts/calls.ts';

export type DatabaseReport = CallAnswer<'showDatabaseReport'>;
type FailedReport = Extract<CallAnswer<'listDatabaseReports'>['items'][number], { readonly error: string }>;
export type ReportRow = DatabaseReport | FailedReport;

/** How reports are written: what comes first, each, what stands between two, and the end. */
export interface ReportFormat {
  readonly begin: string;
  readonly between: string;
  readonly end: string;
  /** The whole where there is nothing to report on. */
  readonly none: string;
  readonly write: (row: ReportRow) => string;
}

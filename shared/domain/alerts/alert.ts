import type { AlertId, MountId, StoreId } from '../ids.ts';
import { addMillis, type Instant } from '../instant.ts';

export const alertKinds = [
  'backup-failed',
  'backup-warning',
  'backup-late',
  'backup-never-ran',
  'schedule-missed',
  'instance-down',
  'store-silent',
  'store-forked',
  'pending-near-limit',
  'store-nearly-full',
  'archived-log-gap',
  'not-recoverable',
  'retention-stopped',
  'clocks-differ',
] as const;
export type AlertKind = (typeof alertKinds)[number];

export const severities = ['critical', 'warning', 'information'] as const;
export type Severity = (typeof severities)[number];

/** Something that somebody has to look at, as it is now. */
export interface Condition {
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly storeId: StoreId;
  readonly mountId?: MountId;
  /** By its DBID, or as the store's configuration names it. */
  readonly database?: string;
  /** Of a cluster. */
  readonly instance?: string;
  /** What is wrong, in one sentence. */
  readonly text: string;
  /** What to do about it. */
  readonly hint: string;
}

/** A condition from when it was found to when it was gone. */
export interface Alert extends Condition {
  readonly alertId: AlertId;
  readonly state: 'open' | 'closed';
  readonly raisedAt: Instant;
  readonly closedAt?: Instant;
  /** How many mails were sent of it. */
  readonly mails: number;
}

const hour = 3_600_000;

/**
 * Hours after it was raised at which mails are sent, as long as it is open: a critical one is repeated, a warning is not, and
 * information is only in the list.
 */
const mailHours: Readonly<Record<Severity, readonly number[]>> = {
  critical: [0, 24, 72],
  warning: [0],
  information: [],
};

/** One alert is open for each of these: a condition that gets worse is another alert. */
export const alertKey = ({ kind, severity, mountId, database, instance }: Condition): string =>
  [kind, severity, mountId ?? '', database ?? '', ...(instance === undefined ? [] : [instance])].join('#');

/** Whether a mail of an open alert is to be sent now. */
export function isMailDue({ severity, raisedAt, mails }: Alert, now: Instant): boolean {
  const hours = mailHours[severity][mails];
  return hours !== undefined && now >= addMillis(raisedAt, hours * hour);
}

/** What has to be raised and closed, so that exactly the conditions of now are open. */
export function compareAlerts(open: readonly Alert[], conditions: readonly Condition[]) {
  const found = new Map(conditions.map((condition) => [alertKey(condition), condition]));
  const known = new Set(open.map(alertKey));
  return {
    raised: [...found].flatMap(([key, condition]) => (known.has(key) ? [] : [condition])),
    closed: open.filter((alert) => !found.has(alertKey(alert))),
    staying: open.filter((alert) => found.has(alertKey(alert))),
  };
}
